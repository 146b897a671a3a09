package main

import (
	"strconv"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/fn9s/fn9s/kube/stream/metrics"
)

// usageList is the document of `fn9s top`.
type usageList struct {
	APIVersion string           `json:"apiVersion"`
	Kind       string           `json:"kind"`
	Sources    []sourceItem     `json:"sources"`
	Unreadable []unreadableItem `json:"unreadable"`
	Functions  []usageItem      `json:"functions"`
}

// usageItem is what one function uses. What was not measured is absent.
type usageItem struct {
	ID            string         `json:"id"`
	Context       string         `json:"context"`
	Framework     string         `json:"framework"`
	Namespace     string         `json:"namespace"`
	Name          string         `json:"name"`
	CPU           string         `json:"cpu,omitempty"`
	Memory        string         `json:"memory,omitempty"`
	CPURequest    string         `json:"cpuRequest,omitempty"`
	CPULimit      string         `json:"cpuLimit,omitempty"`
	MemoryRequest string         `json:"memoryRequest,omitempty"`
	MemoryLimit   string         `json:"memoryLimit,omitempty"`
	Measured      int            `json:"measured"` // pods
	Pods          []podUsageItem `json:"pods"`
}

type podUsageItem struct {
	Name   string `json:"name"`
	CPU    string `json:"cpu,omitempty"`
	Memory string `json:"memory,omitempty"`
	Time   string `json:"time,omitempty"`
}

func quantityOfCPU(a metrics.Amount) string {
	if a.CPU == 0 {
		return "0"
	}
	return resource.NewScaledQuantity(a.CPU, resource.Micro).String()
}

func quantityOfMemory(a metrics.Amount) string {
	return resource.NewQuantity(a.Memory, resource.BinarySI).String()
}

func (t *topCommand) document(a *answer, rows []measured) usageList {
	l := usageList{APIVersion: apiVersion, Kind: "UsageList", Sources: []sourceItem{}, Unreadable: []unreadableItem{}, Functions: []usageItem{}}
	for _, name := range a.contexts {
		l.Sources = append(l.Sources, a.source(name))
		l.Unreadable = append(l.Unreadable, a.unreadable(name)...)
	}
	for _, m := range rows {
		l.Functions = append(l.Functions, usageOf(m))
	}
	return l
}

func usageOf(m measured) usageItem {
	i := usageItem{ID: m.ID.String(), Context: m.ID.Context, Framework: m.ID.Framework, Namespace: m.ID.Namespace, Name: m.Function.Name(), Pods: []podUsageItem{}}
	for _, p := range m.pods {
		item := podUsageItem{Name: p.name}
		if p.known {
			item.CPU, item.Memory, item.Time = quantityOfCPU(p.used), quantityOfMemory(p.used), p.at.UTC().Format(time.RFC3339)
		}
		i.Pods = append(i.Pods, item)
	}
	u := m.Usage
	if u == nil {
		return i
	}
	i.Measured, i.CPU, i.Memory = u.Pods, quantityOfCPU(u.Amount), quantityOfMemory(u.Amount)
	if u.Request.CPU > 0 {
		i.CPURequest = quantityOfCPU(u.Request)
	}
	if u.Limit.CPU > 0 {
		i.CPULimit = quantityOfCPU(u.Limit)
	}
	if u.Request.Memory > 0 {
		i.MemoryRequest = quantityOfMemory(u.Request)
	}
	if u.Limit.Memory > 0 {
		i.MemoryLimit = quantityOfMemory(u.Limit)
	}
	return i
}

var topTitles = []string{"id", "context", "namespace", "name", "framework", "pod", "cpu", "memory", "cpuRequest", "cpuLimit", "memoryRequest", "memoryLimit", "measured", "pods"}

// records are the fields of the document in one line each: of a function, or with --pods of a pod.
func (t *topCommand) records(rows []measured) [][]string {
	var records [][]string
	if !t.noHeaders {
		records = append(records, topTitles)
	}
	for _, m := range rows {
		i := usageOf(m)
		begin := []string{i.ID, i.Context, i.Namespace, i.Name, i.Framework}
		if t.pods {
			for _, p := range i.Pods {
				records = append(records, append(begin[:len(begin):len(begin)], p.Name, p.CPU, p.Memory, "", "", "", "", "", ""))
			}
			continue
		}
		records = append(records, append(begin, "", i.CPU, i.Memory, i.CPURequest, i.CPULimit, i.MemoryRequest, i.MemoryLimit,
			strconv.Itoa(i.Measured), strconv.Itoa(len(i.Pods))))
	}
	return records
}
