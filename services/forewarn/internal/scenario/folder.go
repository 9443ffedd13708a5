package scenario

import (
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// ReadFolder reads every NAME.truth.json of a folder with its NAME.csv.gz, in the order of the names.
func ReadFolder(dir string) ([]*Series, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.truth.json"))
	if err != nil {
		return nil, fmt.Errorf("read folder: %w", err)
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("read folder: %s has no *.truth.json; name the folder that holds them beside their *.csv.gz", dir)
	}
	var out []*Series
	for _, path := range paths {
		series, err := readPair(path)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
		out = append(out, series...)
	}
	return out, nil
}

func readPair(path string) ([]*Series, error) {
	truthFile, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer truthFile.Close()
	truths, err := ReadTruth(truthFile)
	if err != nil {
		return nil, err
	}
	samples, err := os.Open(strings.TrimSuffix(path, ".truth.json") + ".csv.gz")
	if err != nil {
		return nil, err
	}
	defer samples.Close()
	plain, err := gzip.NewReader(samples)
	if err != nil {
		return nil, err
	}
	return ReadCSV(plain, truths)
}

// ReadCSV reads rows "series,timestamp,value" and returns the series of the truths with their samples. Rows of other
// series are left out. Use and limit of the same time become one sample. A row that cannot be read is an error.
func ReadCSV(r io.Reader, truths []Truth) ([]*Series, error) {
	out := make([]*Series, len(truths))
	uses, limits := map[string][]*Series{}, map[string][]*Series{}
	for i := range truths {
		s := &Series{Truth: truths[i]}
		out[i] = s
		uses[s.Series] = append(uses[s.Series], s)
		limits[s.Limit] = append(limits[s.Limit], s)
	}
	rows := csv.NewReader(r)
	rows.ReuseRecord, rows.FieldsPerRecord = true, 3
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read samples: %w", err)
		}
		if row[0] == "series" {
			continue
		}
		at, value, err := parseSample(row)
		if err != nil {
			return nil, fmt.Errorf("read samples: %q: %w", row, err)
		}
		for _, s := range uses[row[0]] {
			s.add(at, value, false)
		}
		for _, s := range limits[row[0]] {
			s.add(at, value, true)
		}
	}
}

func parseSample(row []string) (at int64, value float64, err error) {
	seconds, err := strconv.ParseFloat(row[1], 64)
	if err != nil {
		return 0, 0, err
	}
	if !(math.Abs(seconds) < 1<<40) {
		return 0, 0, errors.New("the timestamp is not in Unix seconds")
	}
	value, err = strconv.ParseFloat(row[2], 64)
	return int64(math.Floor(seconds)), value, err
}

// add joins a value to the newest sample if that is of the same time and lacks it.
func (s *Series) add(at int64, value float64, limit bool) {
	if n := len(s.Samples); n == 0 || s.Samples[n-1].Time != at || !math.IsNaN(s.Samples[n-1].get(limit)) {
		s.Samples = append(s.Samples, Sample{Time: at, Use: math.NaN(), Limit: math.NaN()})
	}
	last := &s.Samples[len(s.Samples)-1]
	if limit {
		last.Limit = value
	} else {
		last.Use = value
	}
}

func (x *Sample) get(limit bool) float64 {
	if limit {
		return x.Limit
	}
	return x.Use
}
