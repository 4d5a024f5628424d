"""Every metric of the exporter. `docs/metrics.md` is written from this table."""

from monitoring.family import Family, Kind, Page

INVENTORY, USAGE = Page.INVENTORY, Page.USAGE
_SERVER = ("cloud", "project_id", "server_id")
_VOLUME = ("cloud", "project_id", "volume_id")
_BUCKET = ("cloud", "project_id", "bucket")
_NOVA, _CINDER, _NEUTRON = "Nova, servers/detail", "Cinder, volumes/detail", "Neutron"
_DOCUMENTS, _LEDGER, _SELF = "registry", "ledger", "exporter"


def _gauge(name: str, labels: tuple[str, ...], text: str, source: str, page: Page = INVENTORY) -> Family:
    return Family(f"govcloud_{name}", Kind.GAUGE, page, labels, text, source)


def _counter(name: str, labels: tuple[str, ...], text: str, source: str, page: Page = USAGE) -> Family:
    return Family(f"govcloud_{name}", Kind.COUNTER, page, labels, text, source)


# --- who and where -----------------------------------------------------------------------------------------------
CLOUD_INFO = _gauge("cloud_info", ("cloud", "provider", "network_zone"), "A cloud of the platform; 1.", _DOCUMENTS)
UNIT_INFO = _gauge("unit_info", ("unit_id", "unit_name"), "A using unit; 1.", _DOCUMENTS)
SYSTEM_INFO = _gauge(
    "system_info",
    ("system_id", "system_name", "unit_id", "protection_level", "lifecycle"),
    "A business system and where it stands; 1.",
    _DOCUMENTS,
)
PROJECT_INFO = _gauge(
    "project_info",
    ("cloud", "project_id", "project_name", "unit_id", "system_id"),
    "A project of a cloud, with the unit and system that the registry gives it (empty: not the broker's); 1. Cached.",
    "Keystone, projects",
)

# --- servers -----------------------------------------------------------------------------------------------------
SERVER_INFO = _gauge(
    "server_info",
    (*_SERVER, "server_name", "flavor", "image", "host"),
    "A server's names; 1. Cached.",
    _NOVA,
)
SERVER_STATE = _gauge(
    "server_state", (*_SERVER, "state"), "1 for the state the server is in, 0 for the others. Cached.", _NOVA
)
SERVER_CREATED = _gauge("server_created_timestamp_seconds", _SERVER, "When the server was made. Cached.", _NOVA)
SERVER_VCPUS = _gauge("server_vcpus", _SERVER, "vCPUs of the server's flavor. Cached.", _NOVA)
SERVER_MEMORY = _gauge("server_memory_bytes", _SERVER, "Memory of the server's flavor. Cached.", _NOVA)
SERVER_ROOT_DISK = _gauge(
    "server_root_disk_bytes", _SERVER, "Local root disk of the flavor; 0 where it boots from a volume. Cached.", _NOVA
)

# --- storage -----------------------------------------------------------------------------------------------------
VOLUME_INFO = _gauge(
    "volume_info",
    (*_VOLUME, "volume_name", "volume_type", "bootable", "server_id"),
    "A volume's names and its server; 1. Cached.",
    _CINDER,
)
VOLUME_SIZE = _gauge("volume_size_bytes", _VOLUME, "Size of the volume. Cached.", _CINDER)
VOLUME_ATTACHED = _gauge("volume_attached", _VOLUME, "1 if a server has the volume. Cached.", _CINDER)
SNAPSHOT_SIZE = _gauge(
    "snapshot_size_bytes", ("cloud", "project_id"), "Sizes of all snapshots of a project. Cached.", "Cinder, snapshots"
)
BACKUP_SIZE = _gauge(
    "backup_size_bytes", ("cloud", "project_id"), "Sizes of all volume backups of a project. Cached.", "Cinder, backups"
)
BUCKET_SIZE = _gauge("bucket_size_bytes", _BUCKET, "Bytes that the bucket holds. Cached.", "gateway or Swift", USAGE)
BUCKET_OBJECTS = _gauge("bucket_objects", _BUCKET, "Objects in the bucket. Cached.", "gateway or Swift", USAGE)
BUCKET_QUOTA = _gauge("bucket_quota_bytes", _BUCKET, "Most that the bucket may hold. Cached.", "gateway or Swift")

# --- network -----------------------------------------------------------------------------------------------------
FLOATING_IPS = _gauge("floating_ips", ("cloud", "project_id"), "Public addresses of a project. Cached.", _NEUTRON)
FLOATING_IPS_UNBOUND = _gauge(
    "floating_ips_unbound", ("cloud", "project_id"), "Public addresses behind which nothing is. Cached.", _NEUTRON
)
BANDWIDTH_LIMIT = _gauge(
    "bandwidth_limit_bytes_per_second",
    ("cloud", "project_id", "direction"),
    "Sum of the north-south limits of a project's public addresses and gateways, per direction. Cached.",
    "Neutron, QoS policies",
)

# --- what the clouds have ----------------------------------------------------------------------------------------
HYPERVISOR_VCPUS = _gauge("hypervisor_vcpus", ("endpoint", "host"), "vCPUs of a host. Cached.", "Nova, hypervisors")
HYPERVISOR_VCPUS_USED = _gauge(
    "hypervisor_vcpus_allocated", ("endpoint", "host"), "vCPUs given to servers. Cached.", "Nova, hypervisors"
)
HYPERVISOR_MEMORY = _gauge(
    "hypervisor_memory_bytes", ("endpoint", "host"), "Memory of a host. Cached.", "Nova, hypervisors"
)
HYPERVISOR_MEMORY_USED = _gauge(
    "hypervisor_memory_allocated_bytes", ("endpoint", "host"), "Memory given to servers. Cached.", "Nova, hypervisors"
)
POOL_CAPACITY = _gauge(
    "pool_capacity_bytes", ("endpoint", "pool"), "Size of a storage pool. Cached.", "Cinder, get_pools"
)
POOL_FREE = _gauge("pool_free_bytes", ("endpoint", "pool"), "Free room of a storage pool. Cached.", "Cinder, get_pools")

# --- approved, held, committed -----------------------------------------------------------------------------------
_SYSTEM_ZONE = ("unit_id", "system_id", "network_zone", "provider", "resource")
APPROVED = _gauge(
    "approved",
    _SYSTEM_ZONE,
    "What admitted documents entitle a system to in a zone, elastic ceilings included; unit in `resource`.",
    _DOCUMENTS,
)
DESIRED = _gauge(
    "desired", _SYSTEM_ZONE, "What of it must exist on the cloud now; unit in `resource`.", "registry, stack specs"
)
QUOTA_LIMIT = _gauge(
    "quota_limit",
    ("level", "account", "network_zone", "resource"),
    "Ceiling of an account: district, unit, system or cloud in a zone.",
    _LEDGER,
)
QUOTA_HELD = _gauge(
    "quota_held",
    ("level", "account", "network_zone", "resource"),
    "What claims of an account hold, committed or not.",
    _LEDGER,
)
QUOTA_COMMITTED = _gauge(
    "quota_committed",
    ("level", "account", "network_zone", "resource"),
    "What committed claims of a system or cloud hold.",
    _LEDGER,
)

# --- metered ------------------------------------------------------------------------------------------------------
_METERED = ("unit_id", "system_id", "network_zone", "provider")
_SO_FAR = "from the first day of metering to an hour ago or the begin of a longer run, stopped servers included"
METERED_VCPU = _counter(
    "metered_vcpu_seconds_total", _METERED, f"vCPU-seconds allocated {_SO_FAR}.", _LEDGER, INVENTORY
)
METERED_MEMORY = _counter(
    "metered_memory_byte_seconds_total", _METERED, f"Memory allocated times seconds, {_SO_FAR}.", _LEDGER, INVENTORY
)
METERED_STORAGE = _counter(
    "metered_storage_byte_seconds_total",
    (*_METERED, "storage_class"),
    "Storage allocated times seconds, from the first day of metering to an hour ago or the begin of a longer run: "
    "standard and high_performance volumes, object.",
    _LEDGER,
    INVENTORY,
)

# --- the broker's work -------------------------------------------------------------------------------------------
STACK_STATE = _gauge(
    "stack_state", ("stack", "state"), "1 for the state the stack is in: applied, pending, unclean, orphan.", _LEDGER
)
STACK_APPLIED = _gauge("stack_applied_timestamp_seconds", ("stack",), "When the stack was last applied.", _LEDGER)
STACK_DRIFT = _gauge(
    "stack_drift",
    ("stack", "what"),
    "Differences from what was last approved and applied: changed, gone, unexplained; unknown: the cloud did not tell. "
    "Absent for a stack that was never asked about.",
    _LEDGER,
)
STACK_DRIFT_ASKED = _gauge(
    "stack_drift_asked_timestamp_seconds",
    ("stack",),
    "When the clouds were last asked about the stack; 0 for one that was never asked about.",
    _LEDGER,
)
STACK_DRIFT_SINCE = _gauge(
    "stack_drift_since_timestamp_seconds",
    ("stack",),
    "When a stack that differs was first seen to; absent where nothing differs.",
    _LEDGER,
)
DOCUMENTS = _gauge(
    "documents", ("kind", "outcome"), "Merged documents: admitted, not_admitted, or pending admission.", _DOCUMENTS
)
JOBS = _gauge("jobs", ("queue", "status"), "Jobs of the queue by status.", _LEDGER, USAGE)

BACKUPS_OVERDUE = _gauge(
    "backups_overdue",
    ("stack",),
    "Volumes and buckets of the stack that have no backup of today or yesterday.",
    "registry, records",
)

# --- notices -----------------------------------------------------------------------------------------------------
NOTICES = _gauge(
    "notices",
    ("state",),
    "Notices that somebody has not got: waiting, failed (their channels gave up), unserved (no channel is there).",
    _LEDGER,
)
NOTICE_OLDEST = _gauge(
    "notice_oldest_timestamp_seconds",
    (),
    "When the oldest notice that somebody has not got was queued; 0: everybody has everything.",
    _LEDGER,
)
NOTICE_DELIVERIES = _gauge(
    "notice_deliveries",
    ("channel", "state"),
    "Deliveries of notices over a channel: queued, delivered so far, failed (given up, and somebody still lacks it).",
    _LEDGER,
)
NOTICE_DELIVERY_OLDEST = _gauge(
    "notice_delivery_oldest_timestamp_seconds",
    ("channel",),
    "When the oldest notice that waits on the channel was queued; absent where none waits.",
    _LEDGER,
)

# --- deadlines ---------------------------------------------------------------------------------------------------
CLOCK_INFO = _gauge("clock_info", ("clock", "article", "title"), "A deadline of the rule; 1.", _DOCUMENTS)
CLOCKS = _gauge(
    "clocks",
    ("clock", "role", "party", "state"),
    "Runs of a deadline for whom must act, by how they stand; 0 where none stands so.",
    _DOCUMENTS,
)
CLOCK_DUE = _gauge(
    "clock_due_timestamp_seconds",
    ("clock", "subject", "party"),
    "When a deadline that still runs is over; one that ended is not told.",
    _DOCUMENTS,
)

# --- the month closed last ---------------------------------------------------------------------------------------
_SYSTEM_MONTH = ("unit_id", "system_id", "network_zone", "provider", "month")
CLOSED_MONTH = "closed month"
MONTH_COVERAGE = _gauge(
    "month_coverage_ratio", ("month",), "Share of all servers' running time of which use is known.", CLOSED_MONTH
)
MONTH_END = _gauge("month_end_timestamp_seconds", ("month",), "When the month closed last was over.", CLOSED_MONTH)
AVAILABILITY_KNOWN = _gauge(
    "availability_known",
    _SYSTEM_MONTH,
    "1 if a system's availability is known, 0 if data are insufficient.",
    CLOSED_MONTH,
)
AVAILABILITY = _gauge(
    "availability_ratio",
    (*_SYSTEM_MONTH, "kind"),
    "A system's availability, actual or assessed; absent where data are insufficient.",
    CLOSED_MONTH,
)
OUTAGE = _gauge(
    "outage_seconds",
    (*_SYSTEM_MONTH, "kind"),
    "A system's outage: as recorded, and what of it is excluded from assessment.",
    CLOSED_MONTH,
)
SHOWBACK = _gauge(
    "showback_yuan", _SYSTEM_MONTH, "What a system took at the contract's prices; absent without a price.", CLOSED_MONTH
)
ADVICE = _gauge(
    "advice",
    ("unit_id", "kind", "state", "month"),
    "Advice on a unit's resources; 0 where there is none.",
    CLOSED_MONTH,
)
ADVICE_SAVING = _gauge(
    "advice_saving",
    ("unit_id", "kind", "resource", "month"),
    "What the month's advice would free of a unit's resources, in the unit of `resource`; below 0 it needs more.",
    CLOSED_MONTH,
)
REALISED_SAVING = _gauge(
    "realised_saving",
    ("resource", "month"),
    "What advice of the month before has freed by the month's end, in the unit of `resource`.",
    CLOSED_MONTH,
)

# --- calls to clouds -------------------------------------------------------------------------------------------
_API = ("cloud", "api")
CLOUD_CALLS = _counter(
    "cloud_calls_total",
    _API,
    "Calls of all processes of the broker to a service of a cloud; of clouds that share an address under the name by "
    "which they were called.",
    _LEDGER,
)
CLOUD_CALLS_PUT_OFF = _counter(
    "cloud_calls_put_off_total",
    _API,
    "Of them those that the cloud put off (429, 498, 413 and 503 with Retry-After, SlowDown).",
    _LEDGER,
)
CLOUD_CALLS_WAITED = _counter(
    "cloud_calls_waited_seconds_total", _API, "How long calls waited for their turn, all together.", _LEDGER
)

# --- service -----------------------------------------------------------------------------------------------------
INCIDENTS = _gauge(
    "incidents",
    ("level", "state"),
    "Security incidents that documents tell of (C-22), by level; open: no end is told yet.",
    _DOCUMENTS,
)
MAINTENANCE = _gauge(
    "maintenance_active",
    ("system_id",),
    "1 while announced maintenance (C-19) or a planned interruption with consent (C-21) is under way at a system that "
    "ever had one.",
    _DOCUMENTS,
)

# --- the exporter itself -----------------------------------------------------------------------------------------
_COLLECTOR = ("endpoint", "collector")
COLLECTOR_UP = _gauge("collector_up", _COLLECTOR, "1 if the last refresh worked.", _SELF, USAGE)
COLLECTOR_SERVING = _gauge(
    "collector_serving",
    _COLLECTOR,
    "1 if data of this collector are served, of a refresh not too long ago.",
    _SELF,
    USAGE,
)
COLLECTOR_SUCCESS = _gauge(
    "collector_last_success_timestamp_seconds", _COLLECTOR, "When the last refresh that worked ended.", _SELF, USAGE
)
COLLECTOR_DURATION = _gauge("collector_duration_seconds", _COLLECTOR, "How long the last refresh took.", _SELF, USAGE)
COLLECTOR_ITEMS = _gauge("collector_items", _COLLECTOR, "Series that the last good refresh gave.", _SELF, USAGE)
COLLECTOR_ERRORS = _counter("collector_errors_total", _COLLECTOR, "Refreshes that failed.", _SELF)
API_REQUESTS = _counter(
    "api_requests_total",
    ("endpoint", "cycle"),
    "Requests sent to an endpoint: for whole lists and tokens (list), for one project's things (project).",
    _SELF,
)
API_REQUEST_SECONDS = _counter(
    "api_request_seconds_total",
    ("endpoint",),
    "How long the requests to an endpoint took, all together; by the number of requests it is the mean.",
    _SELF,
)
TOKENS_ISSUED = _counter("tokens_issued_total", ("endpoint",), "Logins to an endpoint.", _SELF)
BUILD_INFO = _gauge("exporter_build_info", ("version",), "The exporter; 1.", _SELF, USAGE)

ALL: tuple[Family, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Family))
