"""The metrics that exist: name, type and meaning.

Names, types and labels are those of kube-state-metrics 2.x, the kubelet and its cAdvisor; the words
are ours. rules.yaml may use these and `up` only, which a test checks.
"""

from __future__ import annotations

from typing import NamedTuple


class Family(NamedTuple):
    """A metric's type and meaning."""

    type: str
    """gauge or counter."""
    help: str
    """One line."""


_STATE = """
kube_namespace_created gauge Creation time of a namespace.
kube_namespace_status_phase gauge Phase of a namespace.
kube_node_created gauge Creation time of a node.
kube_node_info gauge What a node runs.
kube_node_role gauge Role of a node, from its labels.
kube_node_spec_taint gauge Taint of a node.
kube_node_spec_unschedulable gauge Whether a node is cordoned.
kube_node_status_allocatable gauge What a node offers to pods.
kube_node_status_capacity gauge What a node has.
kube_node_status_condition gauge Condition of a node.
kube_pod_completion_time gauge When the last container of an ended pod ended.
kube_pod_created gauge Creation time of a pod.
kube_pod_deletion_timestamp gauge When a pod that is being deleted must be gone.
kube_pod_info gauge Where a pod runs and who made it.
kube_pod_owner gauge Owner of a pod; the labels are empty without one.
kube_pod_restart_policy gauge Restart policy of a pod.
kube_pod_start_time gauge When the kubelet took a pod.
kube_pod_status_phase gauge Phase of a pod.
kube_pod_status_qos_class gauge Quality-of-service class of a pod.
kube_pod_status_ready gauge Whether a pod is ready.
kube_pod_status_ready_time gauge When a pod became ready.
kube_pod_status_reason gauge Why a pod is in its phase.
kube_pod_status_scheduled gauge Whether a pod has a node.
kube_pod_status_scheduled_time gauge When a pod got its node.
kube_pod_status_unschedulable gauge A pod that fits no node.
kube_pod_spec_volumes_persistentvolumeclaims_info gauge Claim that a pod mounts.
kube_pod_container_info gauge Image of a container.
kube_pod_container_resource_limits gauge Limit of a container.
kube_pod_container_resource_requests gauge Request of a container.
kube_pod_container_state_started gauge When a container's present run started.
kube_pod_container_status_last_terminated_exitcode gauge Exit code of a container's run before.
kube_pod_container_status_last_terminated_reason gauge Why a container's run before ended.
kube_pod_container_status_last_terminated_timestamp gauge When a container's run before ended.
kube_pod_container_status_ready gauge Whether a container is ready.
kube_pod_container_status_restarts_total counter Restarts of a container.
kube_pod_container_status_running gauge Whether a container runs.
kube_pod_container_status_terminated gauge Whether a container has ended.
kube_pod_container_status_terminated_reason gauge Why a container has ended.
kube_pod_container_status_waiting gauge Whether a container waits to be started.
kube_pod_container_status_waiting_reason gauge Why a container waits.
kube_pod_init_container_info gauge Image of an init container.
kube_pod_init_container_resource_limits gauge Limit of an init container.
kube_pod_init_container_resource_requests gauge Request of an init container.
kube_pod_init_container_status_last_terminated_reason gauge Why an init container's run before ended.
kube_pod_init_container_status_ready gauge Whether an init container is ready.
kube_pod_init_container_status_restarts_total counter Restarts of an init container.
kube_pod_init_container_status_running gauge Whether an init container runs.
kube_pod_init_container_status_terminated gauge Whether an init container has ended.
kube_pod_init_container_status_terminated_reason gauge Why an init container has ended.
kube_pod_init_container_status_waiting gauge Whether an init container waits to be started.
kube_pod_init_container_status_waiting_reason gauge Why an init container waits.
kube_deployment_created gauge Creation time of a Deployment.
kube_deployment_metadata_generation gauge Newest generation of a Deployment's spec.
kube_deployment_spec_paused gauge Whether a Deployment is paused.
kube_deployment_spec_replicas gauge Replicas that a Deployment wants.
kube_deployment_spec_strategy_rollingupdate_max_surge gauge Pods a rollout may have too many.
kube_deployment_spec_strategy_rollingupdate_max_unavailable gauge Pods a rollout may have too few.
kube_deployment_status_condition gauge Condition of a Deployment.
kube_deployment_status_observed_generation gauge Generation that the controller has seen.
kube_deployment_status_replicas gauge Pods of a Deployment.
kube_deployment_status_replicas_available gauge Available pods of a Deployment.
kube_deployment_status_replicas_ready gauge Ready pods of a Deployment.
kube_deployment_status_replicas_unavailable gauge Pods that a Deployment lacks.
kube_deployment_status_replicas_updated gauge Pods of a Deployment's newest template.
kube_replicaset_created gauge Creation time of a ReplicaSet.
kube_replicaset_metadata_generation gauge Newest generation of a ReplicaSet's spec.
kube_replicaset_owner gauge Owner of a ReplicaSet.
kube_replicaset_spec_replicas gauge Replicas that a ReplicaSet wants.
kube_replicaset_status_fully_labeled_replicas gauge Pods with all labels of the template.
kube_replicaset_status_observed_generation gauge Generation that the controller has seen.
kube_replicaset_status_ready_replicas gauge Ready pods of a ReplicaSet.
kube_replicaset_status_replicas gauge Pods of a ReplicaSet.
kube_statefulset_created gauge Creation time of a StatefulSet.
kube_statefulset_metadata_generation gauge Newest generation of a StatefulSet's spec.
kube_statefulset_replicas gauge Replicas that a StatefulSet wants.
kube_statefulset_status_current_revision gauge Revision that a StatefulSet comes from.
kube_statefulset_status_observed_generation gauge Generation that the controller has seen.
kube_statefulset_status_replicas gauge Pods of a StatefulSet.
kube_statefulset_status_replicas_available gauge Available pods of a StatefulSet.
kube_statefulset_status_replicas_current gauge Pods of the current revision.
kube_statefulset_status_replicas_ready gauge Ready pods of a StatefulSet.
kube_statefulset_status_replicas_updated gauge Pods of the update revision.
kube_statefulset_status_update_revision gauge Revision that a StatefulSet goes to.
kube_daemonset_created gauge Creation time of a DaemonSet.
kube_daemonset_metadata_generation gauge Newest generation of a DaemonSet's spec.
kube_daemonset_status_current_number_scheduled gauge Nodes that should run the pod and do.
kube_daemonset_status_desired_number_scheduled gauge Nodes that should run the pod.
kube_daemonset_status_number_available gauge Nodes whose pod is available.
kube_daemonset_status_number_misscheduled gauge Nodes that run the pod and should not.
kube_daemonset_status_number_ready gauge Nodes whose pod is ready.
kube_daemonset_status_number_unavailable gauge Nodes that lack an available pod.
kube_daemonset_status_observed_generation gauge Generation that the controller has seen.
kube_daemonset_status_updated_number_scheduled gauge Nodes whose pod is of the newest template.
kube_job_complete gauge Whether a Job has succeeded.
kube_job_created gauge Creation time of a Job.
kube_job_failed gauge Whether a Job has failed.
kube_job_info gauge A Job.
kube_job_owner gauge Owner of a Job.
kube_job_spec_active_deadline_seconds gauge How long a Job may take.
kube_job_spec_completions gauge Pods of a Job that must succeed.
kube_job_spec_parallelism gauge Pods of a Job that may run at once.
kube_job_status_active gauge Pods of a Job that have not ended.
kube_job_status_completion_time gauge When a Job succeeded.
kube_job_status_failed gauge Failed pods of a Job, or why it failed.
kube_job_status_start_time gauge When a Job started.
kube_job_status_succeeded gauge Pods of a Job that succeeded.
kube_cronjob_created gauge Creation time of a CronJob.
kube_cronjob_info gauge Schedule of a CronJob.
kube_cronjob_spec_failed_job_history_limit gauge Failed Jobs that a CronJob keeps.
kube_cronjob_spec_starting_deadline_seconds gauge How late a CronJob may start a Job.
kube_cronjob_spec_successful_job_history_limit gauge Succeeded Jobs that a CronJob keeps.
kube_cronjob_spec_suspend gauge Whether a CronJob is suspended.
kube_cronjob_status_active gauge Jobs of a CronJob that have not ended.
kube_cronjob_status_last_schedule_time gauge When a CronJob last made a Job.
kube_cronjob_status_last_successful_time gauge When a Job of a CronJob last succeeded.
kube_horizontalpodautoscaler_info gauge What an autoscaler scales.
kube_horizontalpodautoscaler_metadata_generation gauge Newest generation of an autoscaler's spec.
kube_horizontalpodautoscaler_spec_max_replicas gauge Most replicas.
kube_horizontalpodautoscaler_spec_min_replicas gauge Fewest replicas.
kube_horizontalpodautoscaler_spec_target_metric gauge Value an autoscaler aims at.
kube_horizontalpodautoscaler_status_condition gauge Condition of an autoscaler.
kube_horizontalpodautoscaler_status_current_replicas gauge Replicas there are.
kube_horizontalpodautoscaler_status_desired_replicas gauge Replicas an autoscaler wants.
kube_horizontalpodautoscaler_status_target_metric gauge Value an autoscaler reads.
kube_poddisruptionbudget_created gauge Creation time of a disruption budget.
kube_poddisruptionbudget_status_current_healthy gauge Healthy pods of a budget.
kube_poddisruptionbudget_status_desired_healthy gauge Healthy pods that a budget asks for.
kube_poddisruptionbudget_status_expected_pods gauge Pods that a budget counts.
kube_poddisruptionbudget_status_observed_generation gauge Generation that the controller has seen.
kube_poddisruptionbudget_status_pod_disruptions_allowed gauge Pods that may be evicted now.
kube_persistentvolume_capacity_bytes gauge Size of a volume.
kube_persistentvolume_claim_ref gauge Claim that a volume belongs to.
kube_persistentvolume_created gauge Creation time of a volume.
kube_persistentvolume_info gauge Class of a volume.
kube_persistentvolume_status_phase gauge Phase of a volume.
kube_persistentvolumeclaim_access_mode gauge Access mode that a claim asks for.
kube_persistentvolumeclaim_created gauge Creation time of a claim.
kube_persistentvolumeclaim_info gauge Class and volume of a claim.
kube_persistentvolumeclaim_resource_requests_storage_bytes gauge Size that a claim asks for.
kube_persistentvolumeclaim_status_phase gauge Phase of a claim.
kube_storageclass_info gauge Provisioner of a storage class.
kube_resourcequota gauge Hard limit and use of a quota, by resource.
kube_resourcequota_created gauge Creation time of a quota.
kube_limitrange gauge Bound of a limit range.
kube_limitrange_created gauge Creation time of a limit range.
kube_service_created gauge Creation time of a service.
kube_service_info gauge Address of a service.
kube_service_spec_type gauge Type of a service.
kube_endpoint_address gauge Address behind a service.
kube_endpoint_info gauge Endpoints of a service.
kube_endpointslice_endpoints gauge Address in an EndpointSlice.
kube_endpointslice_info gauge An EndpointSlice.
kube_configmap_created gauge Creation time of a ConfigMap.
kube_configmap_info gauge A ConfigMap.
kube_secret_created gauge Creation time of a Secret.
kube_secret_info gauge A Secret; never what is in it.
kube_ingress_created gauge Creation time of an Ingress.
kube_ingress_info gauge Class of an Ingress.
kube_networkpolicy_created gauge Creation time of a NetworkPolicy.
"""

_KUBELET = """
kubelet_node_name gauge Name of the node.
kubelet_running_containers gauge Containers by state.
kubelet_running_pods gauge Pods with a running sandbox.
kubelet_evictions counter Pods that the kubelet evicted, by signal.
kubelet_certificate_manager_client_expiration_renew_errors counter Failed renewals.
kubelet_certificate_manager_client_ttl_seconds gauge Time to live of the client certificate.
kubelet_certificate_manager_server_ttl_seconds gauge Time to live of the serving certificate.
kubelet_server_expiration_renew_errors counter Failed renewals of the serving certificate.
kubelet_volume_stats_available_bytes gauge Free bytes of a claim's volume.
kubelet_volume_stats_capacity_bytes gauge Size of a claim's volume.
kubelet_volume_stats_inodes gauge Inodes of a claim's volume.
kubelet_volume_stats_inodes_free gauge Free inodes of a claim's volume.
kubelet_volume_stats_inodes_used gauge Used inodes of a claim's volume.
kubelet_volume_stats_used_bytes gauge Used bytes of a claim's volume.
kubernetes_build_info gauge Version of the kubelet.
container_cpu_cfs_periods_total counter Scheduling periods since a container's start.
container_cpu_cfs_throttled_periods_total counter Periods in which a container was stopped.
container_cpu_usage_seconds_total counter CPU time of a container.
container_memory_cache gauge Page cache of a container.
container_memory_rss gauge Anonymous memory of a container.
container_memory_swap gauge Swapped memory of a container.
container_memory_usage_bytes gauge All memory of a container.
container_memory_working_set_bytes gauge Memory of a container that counts against its limit.
container_spec_cpu_period gauge Length of a scheduling period, microseconds.
container_spec_cpu_quota gauge CPU time a container may use in a period, microseconds.
container_spec_memory_limit_bytes gauge Memory limit of a container; 0 without one.
container_start_time_seconds gauge When a container's present run started.
"""


def _families(text: str) -> dict[str, Family]:
    rows = (line.split(" ", 2) for line in text.strip().splitlines())
    return {name: Family(type_, help_) for name, type_, help_ in rows}


STATE = _families(_STATE)
"""kube-state-metrics: what the API's objects say."""

KUBELET = _families(_KUBELET)
"""kubelets and their cAdvisor: what runs."""

FAMILIES = STATE | KUBELET
"""All."""
