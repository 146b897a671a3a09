package offlinetest

// KymaOrders is the function shop/orders of Kyma as its controller leaves it, in a namespace of the mesh.
const KymaOrders = `
apiVersion: serverless.kyma-project.io/v1alpha2
kind: Function
metadata: {name: orders, namespace: shop}
spec: {runtime: nodejs22, source: {inline: {source: "module.exports = {}"}}}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: orders-x, namespace: shop, labels: {serverless.kyma-project.io/function-name: orders, serverless.kyma-project.io/managed-by: function-controller, serverless.kyma-project.io/resource: deployment}}
spec:
  selector: {matchLabels: {serverless.kyma-project.io/function-name: orders}}
  template:
    metadata: {labels: {serverless.kyma-project.io/function-name: orders, serverless.kyma-project.io/resource: deployment}}
    spec: {containers: [{name: function, image: "europe-docker.pkg.dev/kyma/nodejs22:1.9"}]}
---
apiVersion: v1
kind: Service
metadata: {name: orders, namespace: shop}
spec: {selector: {serverless.kyma-project.io/function-name: orders}, ports: [{name: http, port: 80, targetPort: 8080}]}
`
