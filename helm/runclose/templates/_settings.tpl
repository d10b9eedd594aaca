{{/* What the chart has to know of the program, made from its code. */}}
{{- define "runclose.code" -}}
{{- .Files.Get "files/code.json" -}}
{{- end -}}

{{/* A value as a text. Helm reads numbers as floats, and would write a million as 1e+06. */}}
{{- define "runclose.text" -}}
{{- if kindIs "float64" . -}}
{{- int64 . -}}
{{- else if not (kindIs "invalid" .) -}}
{{- toString . -}}
{{- end -}}
{{- end -}}

{{/*
The settings of one kind of pod, as JSON: each has a `value`, or a `source` from which a secret comes. Takes root and who: "" for `serve`; what
"owner" and "operator" say replaces the setting of the same name, and an empty text or source takes it away. With `only`, it replaces only settings
with names that begin so. With `command`, settings that this command of runclose never looks at are left out, above all secrets.
*/}}
{{- define "runclose.settings" -}}
{{- $only := .only | default "" -}}
{{- $settings := dict -}}
{{- $layers := list .root.Values -}}
{{- if .who -}}
{{- $own := index .root.Values .who -}}
{{- $picked := dict "config" (dict) "secrets" (dict) -}}
{{- range $kind := list "config" "secrets" -}}
{{- range $name, $it := get $own $kind | default dict -}}
{{- if hasPrefix $only $name -}}
{{- $_ := set (get $picked $kind) $name $it -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $layers = append $layers $picked -}}
{{- end -}}
{{- range $layer := $layers -}}
{{- range $name, $value := $layer.config -}}
{{- $text := include "runclose.text" $value -}}
{{- range $same := list $name (printf "%s_FILE" $name) (trimSuffix "_FILE" $name) -}}
{{- if or $text (eq $same $name) -}}
{{- $_ := unset $settings $same -}}
{{- end -}}
{{- end -}}
{{- if $text -}}
{{- $_ := set $settings $name (dict "value" $text) -}}
{{- end -}}
{{- end -}}
{{- range $name, $source := $layer.secrets -}}
{{- if $source -}}
{{- $_ := unset $settings (printf "%s_FILE" $name) -}}
{{- $_ := set $settings $name (dict "source" $source) -}}
{{- else -}}
{{- $_ := unset $settings $name -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $workers := include "runclose.coresOfLimit" .root | int -}}
{{- if and (gt $workers 1) (not (hasKey $settings "SERVE_WORKERS")) -}}
{{- $_ := set $settings "SERVE_WORKERS" (dict "value" (toString $workers)) -}}
{{- end -}}
{{- with .command -}}
{{- range $name := index (include "runclose.code" $.root | fromJson).unread . -}}
{{- $settings = omit $settings $name (printf "%s_FILE" $name) -}}
{{- end -}}
{{- end -}}
{{- toJson $settings -}}
{{- end -}}

{{/* The whole cores of the CPU limit of `serve`: 1 for less, and if there is no limit. Takes the root. */}}
{{- define "runclose.coresOfLimit" -}}
{{- $limits := (.Values.resources | default dict).limits | default dict -}}
{{- $cpu := toString ($limits.cpu | default 1) -}}
{{- $cores := ternary (div (trimSuffix "m" $cpu | int) 1000) (floor $cpu | int) (hasSuffix "m" $cpu) -}}
{{- max 1 (min $cores 64) -}}
{{- end -}}

{{/* What `serve` goes by, given or the code's own default. Takes root, name and perhaps who. */}}
{{- define "runclose.setting" -}}
{{- $settings := include "runclose.settings" (dict "root" .root "who" (.who | default "")) | fromJson -}}
{{- $code := include "runclose.code" .root | fromJson -}}
{{- dig .name "value" (dig "defaults" .name "" $code) $settings -}}
{{- end -}}

{{/* The path of a secret in its pod. Takes name and source. */}}
{{- define "runclose.secretPath" -}}
{{- if .source.vault -}}
/vault/secrets/{{ include "runclose.vaultFile" .name }}
{{- else if .source.csi -}}
/var/run/runclose/csi/{{ .source.csi }}/{{ .source.key | default .name }}
{{- else -}}
/var/run/runclose/secrets/{{ .name }}
{{- end -}}
{{- end -}}

{{/* The name of an annotation has 63 characters at most. */}}
{{- define "runclose.vaultFile" -}}
{{- . | lower | replace "_" "-" | trunc 41 | trimSuffix "-" -}}
{{- end -}}

{{/* Takes root, who and command. */}}
{{- define "runclose.env" -}}
{{- $settings := include "runclose.settings" . | fromJson -}}
{{- $env := list -}}
{{- range $name := keys $settings | sortAlpha -}}
{{- $it := get $settings $name -}}
{{- if not $it.source -}}
{{- $env = append $env (dict "name" $name "value" $it.value) -}}
{{- else if $it.source.env -}}
{{- $kind := ternary "secret" "configMap" (hasKey $it.source "secret") -}}
{{- $reference := dict "name" (get $it.source $kind) "key" ($it.source.key | default $name) -}}
{{- $env = append $env (dict "name" $name "valueFrom" (dict (printf "%sKeyRef" $kind) $reference)) -}}
{{- else -}}
{{- $path := include "runclose.secretPath" (dict "name" $name "source" $it.source) -}}
{{- $env = append $env (dict "name" (printf "%s_FILE" $name) "value" $path) -}}
{{- end -}}
{{- end -}}
{{- with .root.Values.nodeOptions -}}
{{- $env = append $env (dict "name" "NODE_OPTIONS" "value" .) -}}
{{- end -}}
{{- if .root.Values.caBundle -}}
{{- $env = append $env (dict "name" "NODE_EXTRA_CA_CERTS" "value" "/var/run/runclose/ca/ca.crt") -}}
{{- end -}}
{{- /* A name may stand there once: server-side apply refuses a second one. */ -}}
{{- $extra := .root.Values.extraEnv | default list -}}
{{- $names := list -}}
{{- range $extra -}}{{- $names = append $names .name -}}{{- end -}}
{{- $own := list -}}
{{- range $env -}}{{- if not (has .name $names) -}}{{- $own = append $own . -}}{{- end -}}{{- end -}}
{{- concat $own $extra | toYaml -}}
{{- end -}}

{{/* One source of a projected volume. Takes name (the file's) and source. */}}
{{- define "runclose.projection" -}}
{{- $items := list (dict "key" (.source.key | default .name) "path" .name) -}}
{{- if .source.secret -}}
{{- dict "secret" (dict "name" .source.secret "items" $items) | toJson -}}
{{- else if .source.configMap -}}
{{- dict "configMap" (dict "name" .source.configMap "items" $items) | toJson -}}
{{- else -}}
{{- dict "serviceAccountToken" (dict "audience" .source.serviceAccountToken "expirationSeconds" 3600 "path" .name) | toJson -}}
{{- end -}}
{{- end -}}

{{/*
The volumes of one kind of pod and where each is mounted, as JSON. Takes root, who, command, and scratch: the size of /tmp, if the command needs one.
Files are not mounted by `subPath`: only so the kubelet brings them up to date.
*/}}
{{- define "runclose.volumes" -}}
{{- $settings := include "runclose.settings" . | fromJson -}}
{{- $volumes := list -}}
{{- $mounts := list -}}
{{- $projections := list -}}
{{- $classes := list -}}
{{- $hasVault := false -}}
{{- range $name := keys $settings | sortAlpha -}}
{{- with (get $settings $name).source -}}
{{- if .vault -}}
{{- $hasVault = true -}}
{{- else if .csi -}}
{{- $classes = append $classes .csi -}}
{{- else if not .env -}}
{{- $projections = append $projections (include "runclose.projection" (dict "name" $name "source" .) | fromJson) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if $projections -}}
{{- $volumes = append $volumes (dict "name" "runclose-secrets" "projected" (dict "defaultMode" 288 "sources" $projections)) -}}
{{- $mounts = append $mounts (dict "name" "runclose-secrets" "mountPath" "/var/run/runclose/secrets" "readOnly" true) -}}
{{- end -}}
{{- range $index, $class := $classes | uniq | sortAlpha -}}
{{- $name := printf "runclose-csi-%d" $index -}}
{{- $csi := dict "driver" "secrets-store.csi.k8s.io" "readOnly" true "volumeAttributes" (dict "secretProviderClass" $class) -}}
{{- $volumes = append $volumes (dict "name" $name "csi" $csi) -}}
{{- $mounts = append $mounts (dict "name" $name "mountPath" (printf "/var/run/runclose/csi/%s" $class) "readOnly" true) -}}
{{- end -}}
{{- with .root.Values.caBundle -}}
{{- $projection := include "runclose.projection" (dict "name" "ca.crt" "source" .) | fromJson -}}
{{- $volumes = append $volumes (dict "name" "runclose-ca" "projected" (dict "sources" (list $projection))) -}}
{{- $mounts = append $mounts (dict "name" "runclose-ca" "mountPath" "/var/run/runclose/ca" "readOnly" true) -}}
{{- end -}}
{{- if $hasVault -}}
{{- $token := dict "audience" .root.Values.vault.audience "expirationSeconds" 3600 "path" "token" -}}
{{- if not .root.Values.vault.audience -}}
{{- $token = omit $token "audience" -}}
{{- end -}}
{{- $volumes = append $volumes (dict "name" "runclose-vault-token" "projected" (dict "sources" (list (dict "serviceAccountToken" $token)))) -}}
{{- end -}}
{{- $paths := list -}}
{{- range .root.Values.extraVolumeMounts -}}{{- $paths = append $paths .mountPath -}}{{- end -}}
{{- if and .scratch (not (has "/tmp" $paths)) -}}
{{- $volumes = append $volumes (dict "name" "runclose-tmp" "emptyDir" (dict "sizeLimit" .scratch)) -}}
{{- $mounts = append $mounts (dict "name" "runclose-tmp" "mountPath" "/tmp") -}}
{{- end -}}
{{- dict "volumes" (concat $volumes (.root.Values.extraVolumes | default list)) "mounts" (concat $mounts (.root.Values.extraVolumeMounts | default list)) | toJson -}}
{{- end -}}

{{/* For the agent of Vault, if a secret comes from there. Takes root, who, command, and sidecar: whether the agent stays, to renew the files. */}}
{{- define "runclose.vaultAnnotations" -}}
{{- $settings := include "runclose.settings" . | fromJson -}}
{{- $own := index .root.Values .who | default dict -}}
{{- $annotations := dict -}}
{{- range $name, $it := $settings -}}
{{- with $it.source -}}
{{- if .vault -}}
{{- $file := include "runclose.vaultFile" $name -}}
{{- $field := ternary ".Data.data" ".Data" (regexMatch "^[^/]+/data/" .vault) -}}
{{- $template := printf "{{- with secret %s -}}{{ index %s %s }}{{- end -}}" (quote .vault) $field (quote (.key | default $name)) -}}
{{- $_ := set $annotations (printf "vault.hashicorp.com/agent-inject-secret-%s" $file) .vault -}}
{{- $_ := set $annotations (printf "vault.hashicorp.com/agent-inject-template-%s" $file) (.template | default $template) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if $annotations -}}
{{- $agent := dict
  "vault.hashicorp.com/agent-inject" "true"
  "vault.hashicorp.com/agent-pre-populate-only" (ternary "false" "true" .sidecar)
  "vault.hashicorp.com/agent-service-account-token-volume-name" "runclose-vault-token"
  "vault.hashicorp.com/role" (dig "vaultRole" "" $own | default .root.Values.vault.role)
-}}
{{- toYaml (merge (dict) (.root.Values.vault.annotations | default dict) $annotations $agent) -}}
{{- end -}}
{{- end -}}
