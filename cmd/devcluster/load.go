package main

import "github.com/spf13/cobra"

func loadCommand(open opener) *cobra.Command  { return &cobra.Command{Use: "load", Hidden: true} }
func churnCommand(open opener) *cobra.Command { return &cobra.Command{Use: "churn", Hidden: true} }
