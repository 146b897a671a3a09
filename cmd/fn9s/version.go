package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// Set by the linker; `go install` has the first two from the module and the source tree.
var (
	version = ""
	commit  = ""
	date    = ""
)

// versionDocument is what is known of the program.
type versionDocument struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Version    string `json:"version"`
	Commit     string `json:"commit,omitempty"`
	BuildDate  string `json:"buildDate,omitempty"`
	GoVersion  string `json:"goVersion"`
	Platform   string `json:"platform"`
}

// versionOf joins what the linker set with what the toolchain recorded.
func versionOf(info *debug.BuildInfo) versionDocument {
	v := versionDocument{
		APIVersion: apiVersion, Kind: "Version", Version: version, Commit: commit, BuildDate: date,
		GoVersion: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
	}
	if info == nil {
		info = &debug.BuildInfo{}
	}
	if v.Version == "" && info.Main.Version != "" && info.Main.Version != "(devel)" {
		v.Version = info.Main.Version
	}
	if v.Version == "" {
		v.Version = "dev"
	}
	dirty := ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && v.Commit == "":
			v.Commit = s.Value
		case s.Key == "vcs.time" && v.BuildDate == "":
			v.BuildDate = s.Value
		case s.Key == "vcs.modified" && s.Value == "true" && commit == "":
			dirty = "-dirty"
		}
	}
	if v.Commit != "" {
		v.Commit += dirty
	}
	return v
}

func ownVersion() versionDocument {
	info, _ := debug.ReadBuildInfo()
	return versionOf(info)
}

// userAgent is how fn9s calls itself to API servers.
func userAgent() string {
	v := ownVersion()
	return fmt.Sprintf("fn9s/%s (%s)", v.Version, v.Platform)
}

func newVersion(a *app) *cobra.Command {
	var output string
	c := &cobra.Command{
		Use: "version", Short: "Print the version of this program", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := checkFormat(output, "json", "yaml"); err != nil {
				return err
			}
			v := ownVersion()
			switch output {
			case "json":
				return printJSON(a.Out, v)
			case "yaml":
				return printYAML(a.Out, v)
			}
			s := "fn9s " + v.Version + "\n"
			for _, line := range [][2]string{{"commit", v.Commit}, {"built", v.BuildDate}, {"go", v.GoVersion}, {"platform", v.Platform}} {
				if line[1] != "" {
					s += fmt.Sprintf("  %-9s %s\n", line[0], line[1])
				}
			}
			return write(a.Out, s)
		},
	}
	c.Flags().StringVarP(&output, "output", "o", "", "output format: json or yaml")
	complete(c, "output", "json", "yaml")
	return c
}
