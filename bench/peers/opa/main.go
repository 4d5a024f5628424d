// Judges documents by bench/peers/opa/admission.rego in one process, as a service would that has OPA built in.
//
//	opa POLICY SCHEMAS INPUTS DECISIONS
//
// SCHEMAS is a JSON object of schemas by kind, INPUTS has one {"document": …, "facts": …} a line. DECISIONS gets one
// decision a line. Stdout: seconds of judging alone, as JSON; reading, compiling and decoding are not in them.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/topdown/cache"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "opa:", err)
		os.Exit(1)
	}
}

func prepared(ctx context.Context, policy, query string, data map[string]any) rego.PreparedEvalQuery {
	found, err := rego.New(rego.Query(query), rego.Module("admission.rego", policy), rego.Store(inmem.NewFromObject(data))).PrepareForEval(ctx)
	must(err)
	return found
}

type spent struct {
	Wall float64 `json:"wall_s"`
	CPU  float64 `json:"cpu_s"`
}

func cpu() float64 {
	used := syscall.Rusage{}
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return float64(used.Utime.Nano()+used.Stime.Nano()) / 1e9
}

// judged keeps what OPA compiles of a schema between the documents, as its server does.
func judged(ctx context.Context, query rego.PreparedEvalQuery, inputs []any) ([]any, spent) {
	config, err := cache.ParseCachingConfig(nil)
	must(err)
	kept := cache.NewInterQueryValueCache(ctx, config)
	decisions := make([]any, 0, len(inputs))
	begun, used := time.Now(), cpu()
	for _, input := range inputs {
		results, err := query.Eval(ctx, rego.EvalInput(input), rego.EvalInterQueryBuiltinValueCache(kept))
		must(err)
		if len(results) == 0 {
			decisions = append(decisions, nil)
			continue
		}
		decisions = append(decisions, results[0].Expressions[0].Value)
	}
	return decisions, spent{time.Since(begun).Seconds(), cpu() - used}
}

func main() {
	ctx := context.Background()
	policy, err := os.ReadFile(os.Args[1])
	must(err)
	schemas := map[string]any{}
	text, err := os.ReadFile(os.Args[2])
	must(err)
	must(json.Unmarshal(text, &schemas))
	file, err := os.Open(os.Args[3])
	must(err)
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 16<<20)
	inputs := []any{}
	for lines.Scan() {
		var input any
		must(json.Unmarshal(lines.Bytes(), &input))
		inputs = append(inputs, input)
	}
	must(lines.Err())
	data := map[string]any{"schemas": schemas}
	_, rules := judged(ctx, prepared(ctx, string(policy), "data.admission.codes", data), inputs)
	decisions, whole := judged(ctx, prepared(ctx, string(policy), "data.admission.decision", data), inputs)
	out, err := os.Create(os.Args[4])
	must(err)
	writer := json.NewEncoder(out)
	for _, decision := range decisions {
		must(writer.Encode(decision))
	}
	must(out.Close())
	must(json.NewEncoder(os.Stdout).Encode(map[string]spent{"rules": rules, "schema_and_rules": whole}))
}
