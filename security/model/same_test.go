package model

import (
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	corev1 "k8s.io/api/core/v1"
)

// full is a function of which every field is set.
func full() *Function {
	f := &Function{}
	fill(reflect.ValueOf(f).Elem())
	return f
}

// fill sets what is unset, as deep as it goes.
func fill(v reflect.Value) {
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(time.Unix(1, 0)))
		return
	case *corev1.PodSpec:
		v.Set(reflect.ValueOf(&corev1.PodSpec{NodeName: "n"}))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(1)
	default:
		panic("fill " + v.Type().String())
	}
}

// each gives every value in v that can be another one, with its path.
func each(v reflect.Value, path string, visit func(v reflect.Value, path string)) {
	_, isTime := v.Interface().(time.Time)
	_, isSpec := v.Interface().(*corev1.PodSpec)
	switch {
	case isTime || isSpec:
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			each(v.Field(i), path+"."+v.Type().Field(i).Name, visit)
		}
		return
	case v.Kind() == reflect.Pointer:
		each(v.Elem(), path, visit)
	case v.Kind() == reflect.Slice:
		each(v.Index(0), path+"[0]", visit)
	}
	visit(v, path)
}

func TestEveryFieldOfAFunctionCounts(t *testing.T) {
	t.Parallel()
	assert.True(t, full().Equal(full()))
	paths := 0
	each(reflect.ValueOf(full()).Elem(), "", func(_ reflect.Value, path string) {
		other := full()
		each(reflect.ValueOf(other).Elem(), "", func(v reflect.Value, at string) {
			if at == path {
				v.SetZero()
			}
		})
		paths++
		assert.False(t, full().Equal(other), path)
		assert.False(t, other.Equal(full()), path)
	})
	assert.Greater(t, paths, 60)
}
