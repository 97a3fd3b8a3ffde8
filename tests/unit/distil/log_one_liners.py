"""Single log lines as they are met: the category each must give, and lines that are no error."""

from __future__ import annotations

ONE_LINERS: list[tuple[str, str]] = [
    ("missing-env", "[FATAL] config: DATABASE_URL environment variable not set"),
    ("missing-env", 'Error: Environment variable "S3_BUCKET" is required but was not provided'),
    (
        "missing-env",
        "thread 'main' panicked at src/config.rs:10:39:\ncalled `Result::unwrap()` on an `Err` value: EnvVar(NotPresent) for key \"API_KEY\"",  # noqa: E501
    ),
    (
        "missing-env",
        "2024/05/01 10:00:00 [ERR] You must set the JWT_SECRET environment variable before starting",
    ),
    ("missing-env", 'error: missing required environment variable "GITHUB_TOKEN"'),
    (
        "missing-env",
        'Traceback (most recent call last):\n  File "a.py", line 1\nValueError: SECRET_KEY environment variable must be set',  # noqa: E501
    ),
    ("missing-env", "panic: MONGO_URI not set"),
    (
        "missing-env",
        "2026-11-23 02:17:30 CRITICAL settings: environment variable AWS_REGION missing",
    ),
    ("missing-env", 'Uncaught Error: Config validation error: "DATABASE_HOST" is required'),
    (
        "missing-env",
        '{"level":"error","message":"Config validation error: \\"JWT_SECRET\\" is required"}',
    ),
    ("missing-config", "FATAL: configuration option `cluster.name` is missing"),
    ("missing-config", 'yaml: missing required field "server.port" in /etc/app/config.yaml'),
    ("missing-file", "Error: Cannot find configuration file /etc/foo/bar.toml"),
    (
        "missing-file",
        'level=error ts=2024 caller=main.go:1 msg="Error loading config (--config.file=prometheus.yml)" err="open prometheus.yml: no such file or directory"',  # noqa: E501
    ),
    ("missing-file", "Failed to load certificate: open /certs/tls.crt: no such file or directory"),
    (
        "connection-refused",
        "[main] ERROR HikariPool-1 - Exception during pool initialization.\norg.postgresql.util.PSQLException: Connection to postgres:5432 refused. Check that the hostname",  # noqa: E501
    ),
    (
        "connection-refused",
        'sqlalchemy.exc.OperationalError: (psycopg2.OperationalError) connection to server at "10.0.0.5", port 5432 failed: Connection refused',  # noqa: E501
    ),
    ("connection-refused", "amqp.exceptions: [Errno 111] Connection refused"),
    (
        "connection-refused",
        "MongoServerSelectionError: connect ECONNREFUSED 10.96.1.1:27017\n    at Timeout._onTimeout (/app/x.js:1:1)",
    ),
    (
        "connection-refused",
        'E1123 02:17:30.000000       1 leaderelection.go:332] error retrieving resource lock kube-system/x: Get "https://10.96.0.1:443/apis": dial tcp 10.96.0.1:443: connect: connection refused',  # noqa: E501
    ),
    ("connection-refused", "Could not connect to Redis at redis:6379: Connection refused"),
    (
        "connection-refused",
        "%3|1700000000.000|FAIL|rdkafka#producer-1| [thrd:kafka:9092/bootstrap]: kafka:9092/bootstrap: Connect to ipv4#10.0.0.1:9092 failed: Connection refused",  # noqa: E501
    ),
    ("dns", "django.db.utils.OperationalError: [Errno -3] Temporary failure in name resolution"),
    ("dns", "ERROR 2005 (HY000): Unknown MySQL server host 'mysql' (-2)"),
    ("dns", "MongoNetworkError: getaddrinfo EAI_AGAIN mongodb"),
    (
        "dns",
        "redis.exceptions.ConnectionError: Error -2 connecting to redis-master:6379. Name or service not known.",
    ),
    (
        "dns",
        'E0501 10:00:00.000000 1 main.go:1] "failed to connect" err="lookup etcd.kube-system.svc: no such host"',
    ),
    ("timeout", "upstream request timeout: context deadline exceeded"),
    (
        "timeout",
        "requests.exceptions.ConnectTimeout: HTTPConnectionPool(host='pay', port=80): Max retries exceeded with url: / (Caused by ConnectTimeoutError(<x>, 'Connection to pay timed out. (connect timeout=5)'))",  # noqa: E501
    ),
    ("permission", "mkdir: can't create directory '/data/db': Permission denied"),
    (
        "permission",
        'initdb: error: could not change permissions of directory "/var/lib/postgresql/data": Operation not permitted',
    ),
    ("permission", "chown: changing ownership of '/data': Operation not permitted"),
    ("exec-format", "standard_init_linux.go:228: exec user process caused: exec format error"),
    ("not-found", "exec /app/run.sh: no such file or directory"),
    ("not-found", "/bin/sh: 1: npm: not found"),
    (
        "not-found",
        "Error: Cannot find module 'express'\nRequire stack:\n- /app/index.js\n    at Module._resolveFilename (node:internal:1)",  # noqa: E501
    ),
    ("not-found", "Error: Could not find or load main class com.example.App"),
    ("oom", "fatal error: runtime: out of memory"),
    (
        "oom",
        "terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc",
    ),
    ("oom", "RuntimeError: CUDA out of memory. Tried to allocate 2.00 GiB"),
    ("disk-full", "OSError: [Errno 28] No space left on device"),
    ("tls", "curl: (60) SSL certificate problem: unable to get local issuer certificate"),
    ("tls", "remote error: tls: bad certificate"),
    ("auth", "ERROR 1045 (28000): Access denied for user 'root'@'localhost' (using password: NO)"),
    (
        "auth",
        'org.postgresql.util.PSQLException: FATAL: password authentication failed for user "app"',
    ),
    ("auth", "botocore.exceptions.NoCredentialsError: Unable to locate credentials"),
    ("missing-table", 'PG::UndefinedTable: ERROR:  relation "users" does not exist'),
    ("missing-table", "ActiveRecord::PendingMigrationError: Migrations are pending."),
    (
        "missing-table",
        "Error: The table `public.User` does not exist in the current database. code: P2021",
    ),
    (
        "address-in-use",
        "[Errno 98] error while attempting to bind on address ('0.0.0.0', 8000): address already in use",
    ),
    ("panic", "panic: assignment to entry in nil map [recovered]"),
    ("traceback", "RuntimeError: model weights are corrupted"),
    ("traceback", "TypeError: undefined is not a function\n    at foo (/app/a.js:1:1)"),
    ("fatal", "FATAL ERROR: v8::ToLocalChecked Empty MaybeLocal"),
    ("not-found", 'npm ERR! Missing script: "start"'),
]

HARMLESS: list[str] = [
    "2024-05-01 INFO retry succeeded after connection refused",
    "cache miss ratio 0.02 errors=0 timeouts=0",
    "I0501 10:00:00.000000 1 x.go:1] Starting error reporter",
    "[INFO] 200 OK (error budget remaining 99.9%)",
    "Listening for panic events on channel 3",
    'level=info msg="http error handler registered"',
    "DEBUG: FileNotFoundError handled, creating file",
    '{"level":"warn","msg":"deprecated option used"}',
    "WARNING: This is a development server. Do not use it in a production deployment.",
    '127.0.0.1 - - [x] "GET /missing HTTP/1.1" 404 -',
    "2024-05-01 [notice] 1#1: signal 17 (SIGCHLD) received",
    'time="x" level=debug msg="permission denied cache warm"',
    "Migrations: no pending migrations",
    "No migrations to apply.",
    "Successfully authenticated",
    "checking /etc/hosts",
    "LOG:  autovacuum launcher started",
    "(node:1) Warning: Accessing non-existent property",
    "Compiled successfully!",
    "FAILED tests: 0",
    "Server started, 0 failed plugins",
    "WARN slow query took 2s",
    "OpenJDK 64-Bit Server VM warning: Options -Xverify:none",
    "DEBUG connect ETIMEDOUT handled",
    "[WARN] timeout of 30s configured",
]
