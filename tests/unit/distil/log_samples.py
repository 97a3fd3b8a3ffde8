"""Log samples of many languages: the text, the category it must give and the names in it."""

from __future__ import annotations

from typing import Any, NamedTuple


class Sample(NamedTuple):
    id: str
    text: str
    category: str
    names: dict[str, Any] = {}  # noqa: RUF012 - a NamedTuple default, never changed


def _host(host: str, port: int | None, cause: str) -> dict[str, Any]:
    return {"log.unreachable": {"host": host, "port": port, "cause": cause}}


def _env(name: str) -> dict[str, Any]:
    return {"log.missing_env": name}


_PYTHON = 'Traceback (most recent call last):\n  File "/app/main.py", line 7, in <module>\n'
_NODE = "    at Object.<anonymous> (/app/server.js:3:9)\n    at Module._compile (node:internal:1)\n"

ENVIRONMENT = [
    Sample(
        "env-logfmt",
        'level=info msg="starting"\nlevel=fatal msg="config: required environment variable '
        'PAYMENT_URL is not set"',
        "missing-env",
        _env("PAYMENT_URL"),
    ),
    Sample(
        "env-python",
        _PYTHON + '    URL = os.environ["DATABASE_URL"]\n  File "<frozen os>", line 679, in '
        "__getitem__\nKeyError: 'DATABASE_URL'",
        "missing-env",
        _env("DATABASE_URL"),
    ),
    Sample(
        "env-django",
        _PYTHON + "django.core.exceptions.ImproperlyConfigured: Set the SECRET_TOKEN environment "
        "variable",
        "missing-env",
        _env("SECRET_TOKEN"),
    ),
    Sample(
        "env-decouple",
        _PYTHON + "decouple.UndefinedValueError: STRIPE_KEY not found. Declare it as envvar or "
        "define a default value.",
        "missing-env",
        _env("STRIPE_KEY"),
    ),
    Sample(
        "env-go-must",
        "2024/05/01 10:00:00 REDIS_ADDR must be set",
        "missing-env",
        _env("REDIS_ADDR"),
    ),
    Sample(
        "env-go-envconfig",
        "2024/05/01 10:00:00 required key ORDERS_DSN missing value",
        "missing-env",
        _env("ORDERS_DSN"),
    ),
    Sample(
        "env-go-caarlos",
        'panic: env: required environment variable "API_TOKEN" is not set\n\ngoroutine 1 [running]:',
        "missing-env",
        _env("API_TOKEN"),
    ),
    Sample(
        "env-caarlos-short", "FATA[0000] env: SMTP_HOST required", "missing-env", _env("SMTP_HOST")
    ),
    Sample(
        "env-node",
        "/app/config.js:4\n  throw new Error('x');\n  ^\n\nError: Missing required environment variable: "
        "QUEUE_URL\n" + _NODE,
        "missing-env",
        _env("QUEUE_URL"),
    ),
    Sample(
        "env-node-process",
        "Error: process.env.SESSION_KEY is undefined\n" + _NODE,
        "missing-env",
        _env("SESSION_KEY"),
    ),
    Sample(
        "env-ruby",
        "/app/boot.rb:3:in 'fetch': key not found: \"RAILS_MASTER_KEY\" (KeyError)\n\tfrom /app/boot.rb:3",
        "missing-env",
        _env("RAILS_MASTER_KEY"),
    ),
    Sample(
        "env-shell-set-u",
        "./entrypoint.sh: line 4: BACKUP_BUCKET: unbound variable",
        "missing-env",
        _env("BACKUP_BUCKET"),
    ),
    Sample(
        "env-shell-dash",
        "sh: 1: BACKUP_BUCKET: parameter not set",
        "missing-env",
        _env("BACKUP_BUCKET"),
    ),
    Sample(
        "env-postgres-image",
        "Error: Database is uninitialized and superuser password is not specified.\n       You must "
        "specify POSTGRES_PASSWORD to a non-empty value for the superuser.",
        "missing-env",
        _env("POSTGRES_PASSWORD"),
    ),
    Sample(
        "env-spring",
        "Caused by: java.lang.IllegalArgumentException: Could not resolve placeholder 'DB_URL' in value "
        '"${DB_URL}"',
        "missing-env",
        _env("DB_URL"),
    ),
    Sample(
        "env-rust",
        "thread 'main' panicked at src/main.rs:12:44:\nMISSING: DATABASE_URL must be set: NotPresent\n"
        "note: run with `RUST_BACKTRACE=1`",
        "missing-env",
        _env("DATABASE_URL"),
    ),
    Sample(
        "env-elixir",
        "** (RuntimeError) environment variable SECRET_KEY_BASE is missing.",
        "missing-env",
        _env("SECRET_KEY_BASE"),
    ),
    Sample(
        "env-json",
        '{"level":"fatal","ts":1714,"msg":"missing env var KAFKA_BROKERS"}',
        "missing-env",
        _env("KAFKA_BROKERS"),
    ),
    Sample(
        "env-dotnet",
        "Unhandled exception. System.InvalidOperationException: Environment variable 'JWT_ISSUER' not "
        "found.\n   at Program.Main() in /src/Program.cs:line 9",
        "missing-env",
        _env("JWT_ISSUER"),
    ),
    Sample(
        "env-the-variable",
        "ERROR: The LICENSE_KEY environment variable is not set",
        "missing-env",
        _env("LICENSE_KEY"),
    ),
]

CONFIGURATION = [
    Sample(
        "key-config",
        'level=error msg="missing required config key \\"database.host\\""',
        "missing-config",
        {"log.missing_key": "database.host"},
    ),
    Sample(
        "key-typesafe",
        "com.typesafe.config.ConfigException$Missing: No configuration setting found for key 'db.url'",
        "missing-config",
        {"log.missing_key": "db.url"},
    ),
    Sample(
        "key-spring",
        "Caused by: java.lang.IllegalArgumentException: Could not resolve placeholder 'mail.host' in "
        'value "${mail.host}"',
        "missing-config",
        {"log.missing_key": "mail.host"},
    ),
    Sample(
        "key-cobra",
        'Error: required flag(s) "listen-address" not set\nUsage:\n  app serve [flags]',
        "missing-config",
        {"log.missing_key": "listen-address"},
    ),
    Sample(
        "key-pydantic",
        _PYTHON + "pydantic_core._pydantic_core.ValidationError: 1 validation error for Settings\n"
        "database_url\n  Field required [type=missing, input_value={}, input_type=dict]",
        "missing-config",
        {"log.missing_key": "database_url"},
    ),
    Sample(
        "key-python-config",
        _PYTHON + "    dsn = config[\"dsn\"]\nKeyError: 'dsn'",
        "missing-config",
        {"log.missing_key": "dsn"},
    ),
]

REACHING = [
    Sample(
        "refused-go",
        "2024/05/01 10:00:00 ping: dial tcp 10.96.14.2:5432: connect: connection refused",
        "connection-refused",
        _host("10.96.14.2", 5432, "refused"),
    ),
    Sample(
        "refused-go-name",
        '{"level":"error","msg":"cannot start","error":"dial tcp redis:6379: connect: connection refused"}',
        "connection-refused",
        _host("redis", 6379, "refused"),
    ),
    Sample(
        "refused-node",
        "Error: connect ECONNREFUSED 10.0.0.1:5432\n"
        + _NODE
        + "  errno: -111,\n  code: 'ECONNREFUSED'",
        "connection-refused",
        _host("10.0.0.1", 5432, "refused"),
    ),
    Sample(
        "refused-pino",
        '{"level":60,"time":1,"err":{"type":"Error","message":"connect ECONNREFUSED ::1:6379"},'
        '"msg":"redis"}',
        "connection-refused",
        _host("::1", 6379, "refused"),
    ),
    Sample(
        "refused-psycopg",
        _PYTHON
        + 'psycopg2.OperationalError: connection to server at "orders-db" (10.96.3.3), port 5432 '
        "failed: Connection refused\n\tIs the server running on that host?",
        "connection-refused",
        _host("orders-db", 5432, "refused"),
    ),
    Sample(
        "refused-redis-py",
        _PYTHON
        + "redis.exceptions.ConnectionError: Error 111 connecting to cache:6379. Connection "
        "refused.",
        "connection-refused",
        _host("cache", 6379, "refused"),
    ),
    Sample(
        "refused-requests",
        _PYTHON
        + "requests.exceptions.ConnectionError: HTTPConnectionPool(host='pricing', port=8080): Max "
        "retries exceeded with url: /v1 (Caused by NewConnectionError('<urllib3.connection.HTTPConnection "
        "object at 0x7f>: Failed to establish a new connection: [Errno 111] Connection refused'))",
        "connection-refused",
        _host("pricing", 8080, "refused"),
    ),
    Sample(
        "refused-jdbc",
        "Caused by: org.postgresql.util.PSQLException: Connection to db:5432 refused. Check that the "
        "hostname and port are correct",
        "connection-refused",
        _host("db", 5432, "refused"),
    ),
    Sample(
        "refused-java-chain",
        "2024-05-01T10:00:00.000Z ERROR 1 --- [main] o.s.boot.SpringApplication : Application run failed\n"
        "org.springframework.beans.factory.BeanCreationException: Error creating bean with name 'x'\n"
        "\tat org.springframework.A.b(A.java:1)\nCaused by: java.net.ConnectException: Connection refused",
        "connection-refused",
    ),
    Sample(
        "refused-curl",
        "curl: (7) Failed to connect to ledger port 8080 after 2 ms: Connection refused",
        "connection-refused",
        _host("ledger", 8080, "refused"),
    ),
    Sample(
        "refused-nginx",
        "2024/05/01 10:00:00 [error] 29#29: *1 connect() failed (111: Connection refused) while connecting "
        'to upstream, client: 10.0.0.9, server: _, request: "GET / HTTP/1.1", upstream: '
        '"http://10.96.0.7:8080/", host: "x"',
        "connection-refused",
        _host("10.96.0.7", 8080, "refused"),
    ),
    Sample(
        "dns-go",
        "panic: dial tcp: lookup orders-db on 10.96.0.10:53: no such host",
        "dns",
        _host("orders-db", None, "dns"),
    ),
    Sample(
        "dns-node",
        "Error: getaddrinfo ENOTFOUND mongo\n" + _NODE,
        "dns",
        _host("mongo", None, "dns"),
    ),
    Sample(
        "dns-psycopg",
        _PYTHON
        + 'psycopg2.OperationalError: could not translate host name "orders-db" to address: Name '
        "or service not known",
        "dns",
        _host("orders-db", None, "dns"),
    ),
    Sample(
        "dns-java",
        'Exception in thread "main" java.net.UnknownHostException: kafka-0.kafka',
        "dns",
        _host("kafka-0.kafka", None, "dns"),
    ),
    Sample(
        "dns-curl",
        "curl: (6) Could not resolve host: billing",
        "dns",
        _host("billing", None, "dns"),
    ),
    Sample(
        "dns-nginx",
        'nginx: [emerg] host not found in upstream "api-gw" in /etc/nginx/conf.d/default.conf:9',
        "dns",
        _host("api-gw", None, "dns"),
    ),
    Sample(
        "dns-python-plain", _PYTHON + "socket.gaierror: [Errno -2] Name or service not known", "dns"
    ),
    Sample(
        "dns-ruby",
        "E, [2024-05-01T10:00:00.1 #1] ERROR -- : Failed to open TCP connection to es:9200 (getaddrinfo: "
        "Name or service not known)",
        "dns",
        _host("es", 9200, "dns"),
    ),
    Sample(
        "timeout-go",
        'time="2024-05-01T10:00:00Z" level=error msg="dial tcp 10.96.14.2:9092: i/o timeout"',
        "timeout",
        _host("10.96.14.2", 9092, "timeout"),
    ),
    Sample(
        "timeout-node",
        "Error: connect ETIMEDOUT 10.1.2.3:3306\n" + _NODE,
        "timeout",
        _host("10.1.2.3", 3306, "timeout"),
    ),
    Sample("timeout-context", "ERROR query failed: context deadline exceeded", "timeout"),
    Sample(
        "timeout-java",
        "Caused by: java.net.SocketTimeoutException: connect timed out",
        "timeout",
    ),
]

MACHINE = [
    Sample("permission-go", "FATAL open /data/state.db: permission denied", "permission"),
    Sample(
        "permission-python",
        _PYTHON + "PermissionError: [Errno 13] Permission denied: '/var/cache/app'",
        "permission",
    ),
    Sample(
        "permission-node",
        "Error: EACCES: permission denied, mkdir '/app/uploads'\n" + _NODE,
        "permission",
    ),
    Sample(
        "permission-bind",
        "2024/05/01 10:00:00 [emerg] 1#1: bind() to 0.0.0.0:80 failed (13: Permission denied)",
        "permission",
    ),
    Sample(
        "permission-readonly",
        "mkdir: cannot create directory '/x': Read-only file system",
        "permission",
    ),
    Sample(
        "permission-rbac",
        "E0501 10:00:00.000000       1 reflector.go:138] Failed to watch *v1.Pod: pods is forbidden: User "
        '"system:serviceaccount:shop:default" cannot list resource "pods"',
        "permission",
    ),
    Sample(
        "oom-java", 'Exception in thread "main" java.lang.OutOfMemoryError: Java heap space', "oom"
    ),
    Sample(
        "oom-node",
        "<--- Last few GCs --->\nFATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of "
        "memory",
        "oom",
    ),
    Sample("oom-python", _PYTHON + "MemoryError", "oom"),
    Sample(
        "oom-php",
        "PHP Fatal error:  Allowed memory size of 134217728 bytes exhausted (tried to allocate 20480 bytes)",
        "oom",
    ),
    Sample("exec-format", "exec /usr/local/bin/server: exec format error", "exec-format"),
    Sample(
        "address-go",
        "2024/05/01 10:00:00 listen tcp :8080: bind: address already in use",
        "address-in-use",
    ),
    Sample(
        "address-node",
        "Error: listen EADDRINUSE: address already in use :::3000\n" + _NODE,
        "address-in-use",
    ),
    Sample(
        "address-spring",
        "Web server failed to start. Port 8080 was already in use.",
        "address-in-use",
    ),
    Sample(
        "disk-postgres", "PANIC:  could not write to file: No space left on device", "disk-full"
    ),
    Sample(
        "tls-go",
        'level=error err="Get \\"https://vault:8200\\": x509: certificate signed by unknown authority"',
        "tls",
    ),
    Sample(
        "tls-python",
        _PYTHON
        + "ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed",
        "tls",
    ),
    Sample(
        "tls-java",
        "Caused by: javax.net.ssl.SSLHandshakeException: PKIX path building failed",
        "tls",
    ),
    Sample(
        "auth-postgres",
        '2024-05-01 10:00:00.000 UTC [51] FATAL:  password authentication failed for user "orders"\n'
        '2024-05-01 10:00:00.000 UTC [51] DETAIL:  Role "orders" does not exist.',
        "auth",
    ),
    Sample(
        "auth-mysql",
        _PYTHON
        + "pymysql.err.OperationalError: (1045, \"Access denied for user 'app'@'10.0.0.1' (using "
        'password: YES)")',
        "auth",
    ),
    Sample("auth-redis", "ERROR: NOAUTH Authentication required.", "auth"),
    Sample(
        "file-go",
        "2024/05/01 10:00:00 open /etc/app/config.yaml: no such file or directory",
        "missing-file",
        {"log.missing_file": "/etc/app/config.yaml"},
    ),
    Sample(
        "file-node",
        "Error: ENOENT: no such file or directory, open '/app/certs/tls.key'\n" + _NODE,
        "missing-file",
        {"log.missing_file": "/app/certs/tls.key"},
    ),
    Sample(
        "file-python",
        _PYTHON + "FileNotFoundError: [Errno 2] No such file or directory: 'settings.toml'",
        "missing-file",
        {"log.missing_file": "settings.toml"},
    ),
    Sample(
        "file-java",
        "java.io.FileNotFoundException: /config/app.properties (No such file or directory)\n\tat java.io.X",
        "missing-file",
        {"log.missing_file": "/config/app.properties"},
    ),
    Sample(
        "file-nginx",
        'nginx: [emerg] open() "/etc/nginx/tls/tls.crt" failed (2: No such file or directory)',
        "missing-file",
        {"log.missing_file": "/etc/nginx/tls/tls.crt"},
    ),
    Sample("command-shell", "sh: 1: gunicorn: not found", "not-found"),
    Sample("command-bash", "/entrypoint.sh: line 3: migrate: command not found", "not-found"),
    Sample(
        "module-python", _PYTHON + "ModuleNotFoundError: No module named 'psycopg2'", "not-found"
    ),
    Sample(
        "library",
        "app: error while loading shared libraries: libssl.so.1.1: cannot open shared object file: No such "
        "file or directory",
        "not-found",
    ),
]

PROGRAM = [
    Sample(
        "table-postgres",
        'connecting\nERROR: relation "salaries_2026_11" does not exist',
        "missing-table",
    ),
    Sample(
        "table-mysql",
        _PYTHON + "pymysql.err.ProgrammingError: (1146, \"Table 'shop.orders' doesn't exist\")",
        "missing-table",
    ),
    Sample("table-sqlite", "sqlite3.OperationalError: no such table: users", "missing-table"),
    Sample(
        "panic-go",
        "panic: runtime error: invalid memory address or nil pointer dereference\n[signal SIGSEGV: "
        "segmentation violation code=0x1]\n\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:8 +0x1d\n"
        "exit status 2",
        "panic",
    ),
    Sample("panic-go-map", "fatal error: concurrent map writes\n\ngoroutine 7 [running]:", "panic"),
    Sample(
        "panic-rust",
        "thread 'main' panicked at 'index out of bounds: the len is 3 but the index is 7', src/main.rs:4:5",
        "panic",
    ),
    Sample("segfault", "Segmentation fault (core dumped)", "panic"),
    Sample(
        "trace-python",
        _PYTHON + "ValueError: invalid literal for int() with base 10: 'x'",
        "traceback",
    ),
    Sample(
        "trace-node",
        "TypeError: Cannot read properties of undefined (reading 'id')\n" + _NODE,
        "traceback",
    ),
    Sample(
        "trace-java",
        'Exception in thread "main" java.lang.NullPointerException: Cannot invoke "X.y()"\n\tat A.b(A.java:1)',
        "traceback",
    ),
    Sample(
        "trace-ruby",
        "/app/job.rb:9:in 'run': undefined method 'total' for nil (NoMethodError)",
        "traceback",
    ),
    Sample(
        "trace-dotnet",
        "Unhandled exception. System.FormatException: Input string was not in a correct format.\n   at P.M()",
        "traceback",
    ),
    Sample("fatal-logrus", "FATA[0003] schema version 7 is newer than this binary", "fatal"),
    Sample("fatal-postgres", "FATAL:  database files are incompatible with server", "fatal"),
    Sample(
        "error-log4j",
        "2024-05-01 10:00:00,123 ERROR [main] c.e.Ledger - balance does not add up",
        "error",
    ),
    Sample("error-shell", "loading rates\nError: rates are older than 3 days", "error"),
    Sample(
        "error-go-last",
        "2024/05/01 10:00:00 starting\n2024/05/01 10:00:01 failed to elect a leader",
        "error",
    ),
]

SAMPLES = [*ENVIRONMENT, *CONFIGURATION, *REACHING, *MACHINE, *PROGRAM]

HEALTHY = {
    "spring": "2024-05-01T10:00:00.000Z  INFO 1 --- [main] o.s.b.w.e.t.TomcatWebServer : Tomcat started on "
    "port 8080 (http) with context path ''\n2024-05-01T10:00:01.000Z  INFO 1 --- [main] c.e.App : Started",
    "counts": "processed 812 rows, 0 errors\nerror_rate=0\nno errors found\nErrors: 0\nerror: none",
    "access": '10.0.0.1 - - [01/May/2024:10:00:00 +0000] "GET /x HTTP/1.1" 500 12 "-" "curl/8"\n'
    'INFO:     10.0.0.1:4242 - "POST /pay HTTP/1.1" 500 Internal Server Error\nGET /healthz 200 2ms',
    "klog": 'I0501 10:00:00.000000       1 controller.go:12] "Reconciled" object="shop/cart" error=null\n'
    "I0501 10:00:00.000000       1 main.go:3] retrying after connection refused is enabled",
    "json": '{"level":"info","msg":"request done","status":500,"error":null}\n{"level":30,"msg":"timed out '
    'sessions removed: 3"}',
    "postgres": '2024-05-01 10:00:00.000 UTC [1] LOG:  listening on IPv4 address "0.0.0.0", port 5432\n'
    "2024-05-01 10:00:00.000 UTC [1] LOG:  database system is ready to accept connections",
    "names": "registered handler ErrorController\nloaded error pages from /srv/errors\nerror handling "
    "initialised\npanic button armed",
    "nginx": "/docker-entrypoint.sh: Configuration complete; ready for start up\n2024/05/01 10:00:00 [notice] "
    "1#1: start worker processes\n2024/05/01 10:00:00 [error] 29#29: *1 open() "
    '"/usr/share/nginx/html/favicon.ico" failed (2: No such file or directory), client: 10.0.0.9, server: '
    '_, request: "GET /favicon.ico HTTP/1.1", host: "x"',
    "defaulted": "WARN SENTRY_DSN is not set, error reporting disabled\nHTTP_PROXY is not set, using default",
    "recovered": "WARN  dial tcp 10.0.0.1:5432: connect: connection refused, retrying\nINFO  connected to "
    "10.0.0.1:5432\nINFO  listening on :8080",
    "redis": "1:M 01 May 2024 10:00:00.000 * Running mode=standalone, port=6379.\n1:M 01 May 2024 "
    "10:00:00.000 * Ready to accept connections tcp",
    "test": "test result: ok. 12 passed; 0 failed; 0 ignored\nfailures: 0",
}

LISTENING = {
    "listening on :80": 80,
    "Listening on port 8080": 8080,
    "started server on 0.0.0.0:3000, url: http://localhost:3000": 3000,
    "INFO:     Uvicorn running on http://0.0.0.0:8000 (Press CTRL+C to quit)": 8000,
    "2024-05-01 INFO o.s.b.w.e.t.TomcatWebServer : Tomcat started on port(s): 8081 (http)": 8081,
    "2024-05-01 INFO o.s.b.w.e.t.TomcatWebServer : Tomcat started on port 8081 (http) with context": 8081,
    "[2024-05-01 10:00:00 +0000] [1] [INFO] Listening at: http://0.0.0.0:8000 (1)": 8000,
    "Server running at http://localhost:3000/": 3000,
    "      Now listening on: http://[::]:8080": 8080,
    " * Running on http://127.0.0.1:5000": 5000,
    "* Listening on http://0.0.0.0:9292": 9292,
    "Serving HTTP on 0.0.0.0 port 8000 (http://0.0.0.0:8000/) ...": 8000,
    '2024-05-01 10:00:00 UTC [1] LOG:  listening on IPv4 address "0.0.0.0", port 5432': 5432,
    '{"level":"info","msg":"listening","addr":":8080"}': 8080,
    '{"level":"info","msg":"listening","port":8080}': 8080,
    '{"s":"I","c":"NETWORK","msg":"Waiting for connections","attr":{"port":27017,"ssl":"off"}}': 27017,
    'level=info msg="Server listening" port=9090 addr=0.0.0.0:9090': 9090,
    'ts=2024 level=info msg="Listening on" address=[::]:9090': 9090,
    "App listening on port 3000!": 3000,
    "cannot listen on :80: permission denied": None,
    "stopped listening on :80": None,
    "connected to db:5432": None,
}

WAITING = {
    "waiting for service contacts-db": "contacts-db",
    "waiting for contacts-db to be ready": "contacts-db",
    "Waiting for orders-db:5432...": "orders-db",
    "wait-for-it.sh: waiting 15 seconds for kafka:9092": "kafka",
    "nc: bad address 'db'": "db",
    "Waiting for tcp://rabbit.mq.svc:5672": "rabbit.mq.svc",
    "postgres is unavailable - sleeping": "postgres",
    "redis-master:6379 - no response": "redis-master",
    "** server can't find auth.shop.svc.cluster.local: NXDOMAIN": "auth.shop.svc.cluster.local",
    "Waiting for database mysql to become available": "mysql",
    "INFO waiting for http://config-server:8888/health to be up": "config-server",
    "Waiting for connections": None,
    "waiting for caches to sync": None,
    "waiting for requests": None,
    "nslookup: can't resolve 'mydb'": "mydb",
}
