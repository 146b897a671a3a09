package secrets

// wayWords say how a Secret gets into a function, in a word.
var wayWords = [...]string{
	Env: "env", EnvFrom: "envFrom", File: "file", SubPath: "subPath", Storage: "storage", External: "csi", Pull: "pull",
	Handed: "handed over", Trigger: "trigger", Build: "build",
}

// String is the way in a word.
func (w Way) String() string { return wayWords[w] }
