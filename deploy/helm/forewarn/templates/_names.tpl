{{- define "forewarn.name" -}}
{{- default .Release.Name .Values.nameOverride | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{/* The ports on which the services tell health and metrics. */}}
{{- define "forewarn.ports" -}}
collector: 8687
historian: 8688
trend: 8689
anomaly: 8690
console: 8691
notifier: 8692
planner: 8693
examiner: 8694
{{- end -}}

{{/* Which readers of the bus a service has, by whose lag it is scaled. */}}
{{- define "forewarn.readers" -}}
trend: [trend]
anomaly: [anomaly, anomaly-metrics, anomaly-rules]
{{- end -}}

{{/* The services that are run: of a history that others write there is no historian. */}}
{{- define "forewarn.running" -}}
{{- $history := .Values.config.history -}}
{{- $readOnly := and (eq $history.kind "prometheus") (dig "prometheus" "read_only" false $history) -}}
{{- range $name, $s := .Values.services -}}
{{- if and (ne (dig "enabled" true $s) false) (not (and $readOnly (eq $name "historian"))) }}
- {{ $name }}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Labels of the objects of a service; give (dict "root" $ "service" name). */}}
{{- define "forewarn.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
app.kubernetes.io/version: {{ .root.Values.image.tag | default .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{ include "forewarn.selector" . }}
{{- end -}}

{{- define "forewarn.selector" -}}
app.kubernetes.io/name: forewarn
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .service }}
{{- end -}}

{{/* forewarn.yaml: what the chart knows, under what the values say. */}}
{{- define "forewarn.config" -}}
{{- $tls := dict "cert_file" "/etc/forewarn/tls/tls.crt" "key_file" "/etc/forewarn/tls/tls.key" -}}
{{- $token := "file:/etc/forewarn/token/token" -}}
{{- $own := dict
  "bus" (dict "nkey_file" "/etc/forewarn/bus/nkey")
  "observe" (dict "tls" $tls "token" $token)
  "console" (dict "listen" ":8686" "tls" $tls "token" $token)
-}}
{{- if hasPrefix "tls://" .Values.config.bus.url -}}
{{- $_ := set $own.bus "ca_file" .Values.busCAFile -}}
{{- end -}}
{{- with .Values.services.console.externalURL -}}
{{- $_ := set $own.console "external_url" . -}}
{{- $_ := set $own "notifier" (dict "console_url" .) -}}
{{- end -}}
{{- $running := include "forewarn.running" . | fromYamlArray -}}
{{- if has "historian" $running -}}
{{- $url := printf "https://%s-historian.%s.svc:8688/prometheus" (include "forewarn.name" .) .Release.Namespace -}}
{{- $_ := set $own "history" (dict "historian" (dict "url" $url "token" $token "tls" (dict "ca_file" "/etc/forewarn/tls/ca.crt"))) -}}
{{- end -}}
{{- toYaml (mergeOverwrite $own (deepCopy .Values.config)) -}}
{{- end -}}
