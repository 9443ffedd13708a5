package delivery

import (
	"strconv"
	"testing"
)

func TestTold(t *testing.T) {
	var told Told
	if _, settled := told.Of("m", "li.wei"); settled {
		t.Error("somebody is settled before anything was sent")
	}
	told.Note("m", "li.wei", "")
	told.Note("m", "wang.fang", "refused")
	if why, settled := told.Of("m", "wang.fang"); !settled || why != "refused" {
		t.Errorf("%q, %v", why, settled)
	}
	if _, settled := told.Of("other", "li.wei"); settled {
		t.Error("somebody is settled by another message")
	}
	told.Forget("m")
	if _, settled := told.Of("m", "li.wei"); settled {
		t.Error("a message is not forgotten")
	}
	for i := range 3 * maxTold {
		told.Note(strconv.Itoa(i), "li.wei", "")
	}
	if len(told.by) != maxTold || len(told.order) != maxTold {
		t.Errorf("%d and %d messages are remembered, want %d", len(told.by), len(told.order), maxTold)
	}
}
