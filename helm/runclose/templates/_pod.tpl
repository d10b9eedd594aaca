{{/* Takes root, component, who, command and sidecar. */}}
{{- define "runclose.podMetadata" -}}
labels:
  {{- include "runclose.podLabels" . | nindent 2 }}
{{- $vault := include "runclose.vaultAnnotations" . | fromYaml }}
{{- with merge (dict) (.root.Values.podAnnotations | default dict) $vault }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* What all pods have in common. Takes root, who, command, suffix (of the service account) and scratch. */}}
{{- define "runclose.podSpec" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .root.Values }}
{{- with .imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .podSecurityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with .nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
serviceAccountName: {{ include "runclose.serviceAccountName" . | quote }}
{{- with (include "runclose.volumes" . | fromJson).volumes }}
volumes:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Takes root and resources. */}}
{{- define "runclose.bareContainer" -}}
image: {{ include "runclose.image" .root | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
{{- with .root.Values.securityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* With settings and files. Takes root, who, command, scratch and resources. */}}
{{- define "runclose.containerSpec" -}}
{{ include "runclose.bareContainer" . }}
env:
  {{- include "runclose.env" . | nindent 2 }}
{{- with .root.Values.extraEnvFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with (include "runclose.volumes" . | fromJson).mounts }}
volumeMounts:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/*
A Job that runs one command of runclose. It takes the parameters of the pod, "flags" of the command and "job" (the Job's values). If the
command says that its arguments or its configuration are wrong, the Job fails at once: another try would not help.
*/}}
{{- define "runclose.jobSpec" -}}
{{- $code := include "runclose.code" .root | fromJson -}}
backoffLimit: {{ include "runclose.text" .job.backoffLimit }}
activeDeadlineSeconds: {{ include "runclose.text" .job.activeDeadlineSeconds }}
ttlSecondsAfterFinished: {{ include "runclose.text" .job.ttlSecondsAfterFinished }}
podFailurePolicy:
  rules:
    - action: FailJob
      onExitCodes:
        containerName: {{ .component }}
        operator: In
        values: {{ $code.exitCodesOfNoUse | toJson }}
    - action: Ignore
      onPodConditions:
        - type: DisruptionTarget
          status: 'True'
template:
  metadata:
    {{- include "runclose.podMetadata" . | nindent 4 }}
  spec:
    restartPolicy: Never
    {{- include "runclose.podSpec" . | nindent 4 }}
    {{- with .root.Values.extraInitContainers }}
    initContainers:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    containers:
      - name: {{ .component }}
        args: {{ concat (splitList " " .command) .flags (.job.args | default list) | toJson }}
        {{- include "runclose.containerSpec" (merge (dict "resources" .job.resources) .) | nindent 8 }}
{{- end -}}

{{/* Takes what the Job takes, and annotations of its own. */}}
{{- define "runclose.cronJob" -}}
apiVersion: batch/v1
kind: CronJob
metadata:
  name: {{ include "runclose.fullname" .root }}-{{ .component }}
  labels:
    {{- include "runclose.labels" . | nindent 4 }}
spec:
  schedule: {{ .job.schedule | quote }}
  timeZone: {{ .job.timeZone | quote }}
  suspend: {{ .job.suspend }}
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 3600
  successfulJobsHistoryLimit: 1
  failedJobsHistoryLimit: 3
  jobTemplate:
    metadata:
      labels:
        {{- include "runclose.labels" . | nindent 8 }}
    spec:
      {{- include "runclose.jobSpec" . | nindent 6 }}
{{- end -}}
