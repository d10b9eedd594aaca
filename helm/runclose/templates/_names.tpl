{{/*
A release name has up to 53 characters, and the name of a CronJob 52, with its suffix: a longer one is cut, and told apart by its hash. The
name of a Service begins with a letter and has no dots.
*/}}
{{- define "runclose.fullname" -}}
{{- $name := default (ternary .Release.Name (printf "%s-runclose" .Release.Name) (contains "runclose" .Release.Name)) .Values.fullnameOverride | replace "." "-" -}}
{{- $name = regexReplaceAll "^([^a-z])" $name "r${1}" -}}
{{- if gt (len $name) 40 -}}
{{- printf "%s-%s" (trunc 31 $name | trimSuffix "-") (sha256sum $name | trunc 8) -}}
{{- else -}}
{{- $name -}}
{{- end -}}
{{- end -}}

{{/* Of what never changes: selectors are immutable. */}}
{{- define "runclose.instanceLabels" -}}
app.kubernetes.io/name: runclose
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{/* The pods that `serve`. */}}
{{- define "runclose.serveLabels" -}}
{{ include "runclose.instanceLabels" . }}
app.kubernetes.io/component: serve
{{- end -}}

{{/* Takes root and component. */}}
{{- define "runclose.labels" -}}
{{- $own := dict
  "app.kubernetes.io/name" "runclose"
  "app.kubernetes.io/instance" .root.Release.Name
  "app.kubernetes.io/component" .component
  "app.kubernetes.io/version" (.root.Chart.AppVersion | replace "+" "_" | trunc 63)
  "app.kubernetes.io/managed-by" .root.Release.Service
  "helm.sh/chart" (printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" | trimSuffix ".")
-}}
{{- merge $own (.root.Values.commonLabels | default dict) | toYaml -}}
{{- end -}}

{{/* Like the labels of other objects, but a new version of the chart alone must not restart pods. Takes root and component. */}}
{{- define "runclose.podLabels" -}}
{{- $own := dict
  "app.kubernetes.io/name" "runclose"
  "app.kubernetes.io/instance" .root.Release.Name
  "app.kubernetes.io/component" .component
-}}
{{- merge $own (.root.Values.podLabels | default dict) (.root.Values.commonLabels | default dict) | toYaml -}}
{{- end -}}

{{- define "runclose.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{- printf "%s@%s" .repository .digest -}}
{{- else -}}
{{- printf "%s:%s" .repository (.tag | default $.Chart.AppVersion) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Takes root, who ("", "owner" or "operator") and suffix: the service account that these pods run as. */}}
{{- define "runclose.serviceAccountName" -}}
{{- $own := index .root.Values .who | default dict -}}
{{- $named := dig "serviceAccount" "name" "" $own -}}
{{- if $named -}}
{{- $named -}}
{{- else if .root.Values.serviceAccount.create -}}
{{- include "runclose.fullname" .root -}}{{ .suffix }}
{{- else -}}
{{- .root.Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}
