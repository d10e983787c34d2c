{{- define "engine.name" -}}
{{ .Release.Name | trunc 50 | trimSuffix "-" }}
{{- end }}

{{- define "engine.labels" -}}
app.kubernetes.io/name: payment-engine
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "engine.selector" -}}
app.kubernetes.io/name: payment-engine
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{- define "engine.image" -}}
{{- with .Values.image }}{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}{{ end }}
{{- end }}

{{- define "engine.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (include "engine.name" .) }}
{{- end }}

{{- /* The most pods of each kind: those of a rollout come on top. */ -}}
{{- define "engine.mostApis" -}}
{{- with .Values.api }}{{ if .autoscaling.enabled }}{{ .autoscaling.maxReplicas }}{{ else }}{{ .replicas }}{{ end }}{{ end }}
{{- end }}

{{- define "engine.mostWorkers" -}}
{{- with .Values.worker }}{{ if .keda.enabled }}{{ .keda.maxReplicas }}{{ else }}{{ .replicas }}{{ end }}{{ end }}
{{- end }}

{{- /* Every process at once, one more of each kind in a rollout, and the migration. */ -}}
{{- define "engine.connections" -}}
{{- $processes := add (include "engine.mostApis" . | int) (include "engine.mostWorkers" . | int) 2 }}
{{- add (mul $processes (add (int .Values.postgres.pool) 5)) 3 }}
{{- end }}

{{- define "engine.checkBudget" -}}
{{- $needed := include "engine.connections" . | int }}
{{- $room := sub (int .Values.postgres.maxConnections) (int .Values.postgres.reserved) | int }}
{{- if .Values.postgres.pooler }}{{ $room = int .Values.postgres.poolerMaxClients }}{{ end }}
{{- if gt $needed $room }}
{{- fail (printf "all pods could take %d connections, and there is room for %d: lower postgres.pool or the replicas, or raise postgres.maxConnections" $needed $room) }}
{{- end }}
{{- end }}

{{- define "engine.pod" -}}
serviceAccountName: {{ include "engine.serviceAccount" .root }}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
volumes:
  - name: secrets
    secret: {secretName: {{ .root.Values.existingSecret | quote }}, defaultMode: 0440}
  - name: spool
    emptyDir: {sizeLimit: 1Gi}
  - name: tmp
    emptyDir: {sizeLimit: 64Mi}
{{- end }}

{{- define "engine.container" -}}
image: {{ (eq .part "mock" | ternary (printf "%s:%s" .root.Values.mock.image.repository (.root.Values.mock.image.tag | default .root.Chart.AppVersion)) (include "engine.image" .root)) | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
args: [{{ .part }}]
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
envFrom:
  - configMapRef: {name: {{ include "engine.name" .root }}}
volumeMounts:
  - {name: secrets, mountPath: /run/secrets/payment-engine, readOnly: true}
  - {name: spool, mountPath: /var/spool/payment-engine}
  - {name: tmp, mountPath: /tmp}
{{- end }}

{{- define "engine.spread" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "engine.selector" . | nindent 8 }}
{{- end }}
