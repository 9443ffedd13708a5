package person_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/services/notifier/internal/person"
)

func TestDirectory(t *testing.T) {
	d, err := person.NewDirectory([]person.Person{
		{Name: "li.wei", DisplayName: "李伟", Mail: "li.wei@example.com", Phone: "+8613800000000", Timezone: "Asia/Shanghai", Language: "zh-CN"},
		{Name: "ana", DingTalkUserID: "manager4220", WeComUserID: "ana@corp", FeishuOpenID: "ou_7d8a"},
	})
	if err != nil {
		t.Fatal(err)
	}
	found, unknown := d.Find([]string{"ana", "nobody", "li.wei"})
	var shown []string
	for k := range found {
		shown = append(shown, found[k].Shown())
	}
	if diff := cmp.Diff([]string{"ana", "李伟"}, shown); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"nobody"}, unknown); diff != "" {
		t.Errorf("unknown (-want +got):\n%s", diff)
	}
}

// TestProblems: every error names its key, and none shows an address.
func TestProblems(t *testing.T) {
	_, err := person.NewDirectory([]person.Person{
		{Name: "ana"},
		{
			Name: "ana", Language: "fr", Timezone: "Mars/Olympus", Mail: "Ana <secret@example.com>", Phone: "013900000000",
			DingTalkUserID: "a b", WeComUserID: "<", FeishuOpenID: "\n",
		},
		{Name: "Li Wei", Mail: "secret"},
	})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, key := range []string{
		"people[1].name", "people[1].language", "people[1].timezone", "people[1].mail", "people[1].phone", "people[1].dingtalk_user_id",
		"people[1].wecom_user_id", "people[1].feishu_open_id", "people[2].name", "people[2].mail",
	} {
		if !strings.Contains("\n"+err.Error(), "\n"+key+": ") {
			t.Errorf("nothing is said of %s", key)
		}
	}
	if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "0139") {
		t.Errorf("the errors show an address:\n%v", err)
	}
}
