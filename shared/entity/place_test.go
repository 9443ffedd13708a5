package entity

import "testing"

func TestRootOf(t *testing.T) {
	hosts := []Entity{Outermost(Host, "", "erp-01"), Outermost(Host, "", "a:b/c@d"), Outermost(Pod, "", "prod", "erp-0"), Outermost(Pod, "sh", "prod", "erp-0")}
	for _, root := range hosts {
		for _, e := range []Entity{
			root, Within(root, Volume, "/u01"), Within(root, Database, "9104"), Within(root, Process, "java", "1"), Within(root, Process, "", "1"),
			Within(root, Container, "app"), Within(root, Container, "a/b:c"), Within(root, Pool, "8080", "G1 Old Gen"),
		} {
			if got := RootOf(e.ID); got != root.ID {
				t.Errorf("the root of %s is %s, want %s", e.ID, got, root.ID)
			}
			if got := TypeOf(e.ID); got != e.Type {
				t.Errorf("the type of %s is %s, want %s", e.ID, got, e.Type)
			}
		}
	}
	for _, e := range []Entity{
		Outermost(Volume, "", "prod", "data-mysql-0"), Outermost(App, "", "ledger", "vouchers"), Outermost(Certificate, "", "https://erp:443"),
	} {
		if got := RootOf(e.ID); got != e.ID {
			t.Errorf("the root of %s is %s, want itself", e.ID, got)
		}
	}
	if RootOf("") != "" || RootOf("x") != "x" || TypeOf("x") != "" {
		t.Error("what is no ID has another root or a type")
	}
}

func TestCalled(t *testing.T) {
	f := func(id, want string) {
		t.Helper()
		if got := Called(id); got != want {
			t.Errorf("%s is called %q, want %q", id, got, want)
		}
	}
	f("host:erp-01", "erp-01")
	f("volume:erp-01:/u01", "/u01 on erp-01")
	f("container:prod/erp-0/app", "app on prod/erp-0")
	f("application:nc-app", "nc-app")
	f("x", "x")
}

func TestAliasesInIDs(t *testing.T) {
	r, err := NewResolver(map[string]string{"10.0.0.5": "erp-01", "db": "db-01"})
	if err != nil {
		t.Fatal(err)
	}
	f := func(id, want string) {
		t.Helper()
		if got := r.ID(id); got != want {
			t.Errorf("%s is %s, want %s", id, got, want)
		}
	}
	f("host:10.0.0.5", "host:erp-01")
	f("host:ERP-02", "host:erp-02")
	f("volume:10.0.0.5:/u01", "volume:erp-01:/u01")
	f("database:DB:9104", "database:db-01:9104")
	f("container:10.0.0.5/nginx", "container:erp-01/nginx")
	f("pod:prod/db", "pod:prod/db")
	f("application:db", "application:db")
	f("nothing", "nothing")
}

func FuzzRootOf(f *testing.F) {
	f.Add("volume:erp-01:/u01")
	f.Add("container:a/b/c:d")
	f.Add(":::")
	r, err := NewResolver(map[string]string{"a": "b"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, id string) {
		if root := RootOf(id); RootOf(root) != root {
			t.Errorf("the root of %q, %q, has a root", id, root)
		}
		once := r.ID(id)
		if again := r.ID(once); again != once {
			t.Errorf("%q is %q, which is %q", id, once, again)
		}
		if len(Called(id)) > 4*len(id)+20 {
			t.Errorf("%q is called too much", id)
		}
	})
}
