module github.com/forewarn/forewarn/models

go 1.26.0
