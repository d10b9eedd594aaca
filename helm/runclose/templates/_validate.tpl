{{/* Who logs in, and what that is proved with. */}}
{{- define "runclose.logins" -}}
{{- dict
  "DATABASE_URL" "DATABASE_PASSWORD"
  "DATABASE_SSL_CERT" "DATABASE_SSL_KEY"
  "KAFKA_SASL_OAUTHBEARER_CLIENT_ID" "KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET"
  "KAFKA_SASL_USERNAME" "KAFKA_SASL_PASSWORD"
  "KAFKA_SSL_CERT" "KAFKA_SSL_KEY"
  "SCHEMA_REGISTRY_SSL_CERT" "SCHEMA_REGISTRY_SSL_KEY"
  "SCHEMA_REGISTRY_USERNAME" "SCHEMA_REGISTRY_PASSWORD"
| toJson -}}
{{- end -}}

{{/* Of each two settings, the first is wrong without the second. As JSON. */}}
{{- define "runclose.halves" -}}
{{- $halves := list
  (list "KAFKA_SASL_USERNAME" "KAFKA_SASL_MECHANISM")
  (list "KAFKA_SASL_PASSWORD" "KAFKA_SASL_MECHANISM")
  (list "SCHEMA_REGISTRY_USERNAME" "SCHEMA_REGISTRY_PASSWORD")
  (list "SCHEMA_REGISTRY_PASSWORD" "SCHEMA_REGISTRY_USERNAME")
-}}
{{- range list "KAFKA" "SCHEMA_REGISTRY" "DATABASE" -}}
{{- $cert := printf "%s_SSL_CERT" . -}}
{{- $key := printf "%s_SSL_KEY" . -}}
{{- $halves = concat $halves (list (list $cert $key) (list $key $cert)) -}}
{{- end -}}
{{- toJson $halves -}}
{{- end -}}

{{/* Whose settings which command reads in this release. As JSON. */}}
{{- define "runclose.readers" -}}
{{- $readers := list (dict "who" "" "command" "serve") -}}
{{- if .Values.setup.enabled -}}
{{- $readers = append $readers (dict "who" "owner" "command" "setup") -}}
{{- end -}}
{{- if .Values.verify.enabled -}}
{{- $readers = append $readers (dict "who" "operator" "command" "replay verify") -}}
{{- else if .Values.tests.enabled -}}
{{- $readers = append $readers (dict "who" "operator" "command" "status") -}}
{{- end -}}
{{- toJson $readers -}}
{{- end -}}

{{/* Whether the value is a secret, a private key, or a URL with a secret: $(NAME) is none, Kubernetes fills it in. Takes code, name and value. */}}
{{- define "runclose.hasSecret" -}}
{{- $text := regexReplaceAll "[$][(][^()]+[)]" (include "runclose.text" .value) "" -}}
{{- if contains "PRIVATE KEY-----" $text -}}
true
{{- else if has .name .code.hidden -}}
{{- $text -}}
{{- else if has .name .code.urls -}}
{{- /* A slash or a question mark in a password ends the host's name too early. */ -}}
{{- regexFind "(?i)://[^@?]*:[^@?]+@|://[^/?#@\\[]*:[0-9]*[^0-9/?#,@\\s]|[?&][^=&#]*(password|secret|token)[^=&#]*=[^&#]" $text -}}
{{- end -}}
{{- end -}}

{{/* What to do instead of writing a secret into the values. Takes code, name and at. */}}
{{- define "runclose.secretInstead" -}}
{{- if has .name .code.mayBeSecret -}}
{{- printf "put it into a Secret, and set %ssecrets.%s (secret: the name of the Secret, key: its key)" .at .name -}}
{{- else -}}
remove it from the URL
{{- end -}}
{{- end -}}

{{/* Everything that is wrong with the values, at once. What a schema can say is in values.schema.json. */}}
{{- define "runclose.validate" -}}
{{- $code := include "runclose.code" . | fromJson -}}
{{- $faults := list -}}
{{- /* Not `kubeVersion` in Chart.yaml: without a cluster, a Helm 3 that Go has built takes it for 1.20, and would render nothing. */ -}}
{{- with .Capabilities.KubeVersion.Version -}}
{{- if and (semverCompare "<1.29.0-0" .) (semverCompare ">=1.21.0-0" .) -}}
{{- $faults = append $faults (printf "Kubernetes is %s: the chart needs 1.29 or later" .) -}}
{{- end -}}
{{- end -}}
{{- range $who := list "" "owner" "operator" -}}
{{- $values := index $.Values $who | default $.Values -}}
{{- $at := ternary "" (printf "%s." $who) (eq $who "") -}}
{{- range $name, $source := $values.secrets -}}
{{- if $source -}}
{{- $kinds := list -}}
{{- range list "secret" "configMap" "vault" "csi" "serviceAccountToken" -}}
{{- if get $source . -}}{{- $kinds = append $kinds . -}}{{- end -}}
{{- end -}}
{{- if ne (len $kinds) 1 -}}
{{- $faults = append $faults (printf "%ssecrets.%s names %d sources: set exactly one of secret, configMap, vault, csi and serviceAccountToken" $at $name (len $kinds)) -}}
{{- else if and $source.env (not (has (first $kinds) (list "secret" "configMap"))) -}}
{{- $faults = append $faults (printf "%ssecrets.%s.env is only for a secret or a configMap: remove env, and the pods get the value as a file" $at $name) -}}
{{- end -}}
{{- if and $source.vault (not ($values.vaultRole | default $.Values.vault.role)) -}}
{{- $faults = append $faults (printf "%ssecrets.%s comes from Vault: set vault.role" $at $name) -}}
{{- end -}}
{{- range list $name (printf "%s_FILE" $name) -}}
{{- if include "runclose.text" (get ($values.config | default dict) .) -}}
{{- $faults = append $faults (printf "%sconfig.%s and %ssecrets.%s are both set: keep one of them" $at . $at $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $name, $value := $values.config -}}
{{- if and (include "runclose.text" $value) (include "runclose.text" (get ($values.config | default dict) (printf "%s_FILE" $name))) -}}
{{- $faults = append $faults (printf "%sconfig.%s and %sconfig.%s_FILE are both set: keep one of them" $at $name $at $name) -}}
{{- end -}}
{{- if include "runclose.hasSecret" (dict "code" $code "name" $name "value" $value) -}}
{{- $faults = append $faults (printf "%sconfig.%s contains a password or a private key, and everybody who sees the Deployment can read it: %s" $at $name (include "runclose.secretInstead" (dict "code" $code "name" $name "at" $at))) -}}
{{- end -}}
{{- with get $code.ranges $name -}}
{{- $number := include "runclose.text" $value -}}
{{- if and $number (or (lt (int $number) (int .min)) (gt (int $number) (int .max))) -}}
{{- $faults = append $faults (printf "%sconfig.%s is %s: it must be a whole number from %d to %d" $at $name $number (int .min) (int .max)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- $settings := include "runclose.settings" (dict "root" . "who" "") | fromJson -}}
{{- range $who := list "owner" "operator" -}}
{{- $own := index $.Values $who -}}
{{- range $name, $secret := include "runclose.logins" $ | fromJson -}}
{{- $isReplaced := or (get ($own.config | default dict) $name) (get ($own.secrets | default dict) $name) -}}
{{- $isKept := not (or (hasKey ($own.config | default dict) (printf "%s_FILE" $secret)) (hasKey ($own.secrets | default dict) $secret)) -}}
{{- $isThere := or (hasKey $settings $secret) (hasKey $settings (printf "%s_FILE" $secret)) -}}
{{- if and $isReplaced $isKept $isThere -}}
{{- $faults = append $faults (printf "%s has its own %s, but uses the %s of serve: set %s.secrets.%s, or set it to {} to use none" $who $name $secret $who $secret) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $extra := list -}}
{{- range .Values.extraEnv -}}
{{- if has .name $extra -}}
{{- $faults = append $faults (printf "extraEnv sets %s twice: keep one of them" .name) -}}
{{- end -}}
{{- if and .value .valueFrom -}}
{{- $faults = append $faults (printf "extraEnv.%s has a value and a valueFrom: keep one of them" .name) -}}
{{- end -}}
{{- $extra = append $extra .name -}}
{{- if or (hasKey $code.defaults .name) (eq .name "TOPIC_PREFIX") -}}
{{- $faults = append $faults (printf "extraEnv sets %s, but the chart itself must know the value: set config.%s" .name .name) -}}
{{- end -}}
{{- if include "runclose.hasSecret" (dict "code" $code "name" .name "value" .value) -}}
{{- $faults = append $faults (printf "extraEnv.%s is a plain secret, and everybody who sees the Deployment can read it: %s" .name (include "runclose.secretInstead" (dict "code" $code "name" .name "at" ""))) -}}
{{- end -}}
{{- end -}}
{{- /* The program refuses a setting and its file together. A variable of the same name replaces the chart's. */ -}}
{{- range $who := list "" "owner" "operator" -}}
{{- range $name, $it := include "runclose.settings" (dict "root" $ "who" $who) | fromJson -}}
{{- $variable := ternary (printf "%s_FILE" $name) $name (and (hasKey $it "source") (not (dig "source" "env" false $it))) -}}
{{- $other := ternary (trimSuffix "_FILE" $variable) (printf "%s_FILE" $variable) (hasSuffix "_FILE" $variable) -}}
{{- if and (has $other $extra) (not (has $variable $extra)) -}}
{{- $fault := printf "extraEnv.%s and %s.%s are both set: keep one of them" $other (ternary "secrets" "config" (hasKey $it "source")) $name -}}
{{- if not (has $fault $faults) -}}{{- $faults = append $faults $fault -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- /* Half a login: the program would end with 78. `extraEnvFrom` may hold the other half. */ -}}
{{- if not .Values.extraEnvFrom -}}
{{- $told := list -}}
{{- range $pod := include "runclose.readers" . | fromJsonArray -}}
{{- $theirs := include "runclose.settings" (merge (dict "root" $) $pod) | fromJson -}}
{{- $at := ternary "" (printf "%s." $pod.who) (eq $pod.who "") -}}
{{- $halves := include "runclose.halves" $ | fromJsonArray -}}
{{- if has (dig "KAFKA_SASL_MECHANISM" "value" "" $theirs | lower) (list "plain" "scram-sha-256" "scram-sha-512") -}}
{{- $halves = concat $halves (list (list "KAFKA_SASL_MECHANISM" "KAFKA_SASL_USERNAME") (list "KAFKA_SASL_MECHANISM" "KAFKA_SASL_PASSWORD")) -}}
{{- end -}}
{{- range $halves -}}
{{- $isThere := dict -}}
{{- range $name := . -}}
{{- range list $name (printf "%s_FILE" $name) -}}
{{- if or (hasKey $theirs .) (has . $extra) -}}{{- $_ := set $isThere $name true -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- $pair := join " " . -}}
{{- if and (hasKey $isThere (first .)) (not (hasKey $isThere (last .))) (not (has $pair $told)) -}}
{{- $told = append $told $pair -}}
{{- $where := ternary "secrets" "config" (regexMatch "_(PASSWORD|SSL_CERT|SSL_KEY)$" (last .)) -}}
{{- $faults = append $faults (printf "%s of %s needs %s: set %s%s.%s" (first .) ($pod.who | default "serve") (last .) $at $where (last .)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $name := $code.required -}}
{{- $isGiven := false -}}
{{- range list $name (printf "%s_FILE" $name) -}}
{{- if or (hasKey $settings .) (has . $extra) -}}{{- $isGiven = true -}}{{- end -}}
{{- end -}}
{{- if not (or $isGiven $.Values.extraEnvFrom) -}}
{{- $how := printf "config.%s" $name -}}
{{- if has $name $code.mayBeSecret -}}{{- $how = printf "secrets.%s (secret: the name of a Secret, key: its key)" $name -}}{{- end -}}
{{- $faults = append $faults (printf "%s is missing: set %s" $name $how) -}}
{{- end -}}
{{- end -}}

{{- $host := dig "HTTP_HOST" "value" "" $settings | toString -}}
{{- if or (has $host (list "localhost" "::1")) (hasPrefix "127." $host) -}}
{{- $faults = append $faults (printf "config.HTTP_HOST is %s: the kubelet asks the probes from outside the pod, so it would never become ready. Leave it out, and restrict access by networkPolicy" $host) -}}
{{- end -}}

{{- $partitions := include "runclose.setting" (dict "root" . "name" "TOPIC_PARTITIONS" "who" "owner") | int -}}
{{- $workers := include "runclose.setting" (dict "root" . "name" "SERVE_WORKERS") | int -}}
{{- $idle := printf "more instances than the %d partitions would stand idle. If the topics have more partitions, set config.TOPIC_PARTITIONS" $partitions -}}
{{- if gt $workers 1 -}}
{{- $idle = printf "each instance has %d workers (config.SERVE_WORKERS, by default the cores of resources.limits.cpu), and more workers than the %d partitions would stand idle. If the topics have more partitions, set config.TOPIC_PARTITIONS" $workers $partitions -}}
{{- end -}}
{{- $connections := include "runclose.setting" (dict "root" . "name" "DATABASE_POOL_SIZE") | int -}}
{{- if gt $workers $connections -}}
{{- $faults = append $faults (printf "config.DATABASE_POOL_SIZE is %d, but each of the %d workers (config.SERVE_WORKERS, by default the cores of resources.limits.cpu) needs a connection of its own" $connections $workers) -}}
{{- end -}}
{{- if and .Values.keda.enabled .Values.autoscaling.enabled -}}
{{- $faults = append $faults "keda.enabled and autoscaling.enabled are both true: two autoscalers would fight over one Deployment, so keep one of them" -}}
{{- end -}}
{{- with .Values.keda -}}
{{- if .enabled -}}
{{- if gt (mul .maxReplicaCount $workers | int) $partitions -}}
{{- $faults = append $faults (printf "keda.maxReplicaCount is %d: %s" (int .maxReplicaCount) $idle) -}}
{{- end -}}
{{- if gt (int .minReplicaCount) (int .maxReplicaCount) -}}
{{- $faults = append $faults "keda.minReplicaCount is above keda.maxReplicaCount" -}}
{{- end -}}
{{- if not (dig "KAFKA_BROKERS" "value" "" $settings) -}}
{{- $faults = append $faults "KEDA asks Kafka itself: set config.KAFKA_BROKERS" -}}
{{- end -}}
{{- if not .authenticationName -}}
{{- $own := "create a TriggerAuthentication, and name it in keda.authenticationName" -}}
{{- $mechanism := dig "KAFKA_SASL_MECHANISM" "value" "" $settings | lower -}}
{{- if has $mechanism (list "oauthbearer" "aws-msk-iam") -}}
{{- $faults = append $faults (printf "KEDA's own client must log in to Kafka by %s: %s" $mechanism $own) -}}
{{- end -}}
{{- range $name := include "runclose.kedaParameters" $ | fromJson -}}
{{- $it := get $settings $name | default dict -}}
{{- $isPlain := and (hasKey $it "value") (ne $name "KAFKA_SASL_USERNAME") -}}
{{- $isElsewhere := and (hasKey $it "source") (not (or (dig "source" "secret" "" $it) (dig "source" "configMap" "" $it))) -}}
{{- if or $isPlain $isElsewhere (hasKey $settings (printf "%s_FILE" $name)) -}}
{{- $faults = append $faults (printf "KEDA's own client needs %s, and cannot read it from the source that serve uses: %s" $name $own) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- with .Values.autoscaling -}}
{{- if .enabled -}}
{{- if gt (mul .maxReplicas $workers | int) $partitions -}}
{{- $faults = append $faults (printf "autoscaling.maxReplicas is %d: %s" (int .maxReplicas) $idle) -}}
{{- end -}}
{{- if gt (int .minReplicas) (int .maxReplicas) -}}
{{- $faults = append $faults "autoscaling.minReplicas is above autoscaling.maxReplicas" -}}
{{- end -}}
{{- if not (or .targetCPUUtilizationPercentage .metrics) -}}
{{- $faults = append $faults "autoscaling has no metric: set autoscaling.targetCPUUtilizationPercentage or autoscaling.metrics" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- with .Values.caBundle -}}
{{- if eq (empty .secret) (empty .configMap) -}}
{{- $faults = append $faults "caBundle names no source, or two: set exactly one of secret and configMap" -}}
{{- end -}}
{{- end -}}
{{- if and .Values.networkPolicy.enabled (not .Values.networkPolicy.egress) -}}
{{- $faults = append $faults "networkPolicy.enabled cuts off every server: allow Kafka, the registry and Postgres in networkPolicy.egress" -}}
{{- end -}}
{{- if $faults -}}
{{- fail (printf "\n\nThese values cannot work:\n  - %s\n" (join "\n  - " $faults)) -}}
{{- end -}}
{{- end -}}
