package historian

import "github.com/forewarn/forewarn/shared/history/queryapi"

// Config is the section "historian".
type Config = queryapi.Config

// DefaultConfig returns what holds where the file says nothing.
func DefaultConfig() Config { return queryapi.DefaultConfig() }
