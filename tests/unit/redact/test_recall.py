"""Seeded secrets: none may survive, whatever the text around it. Values are invented here."""

from __future__ import annotations

import base64
import json
from typing import NamedTuple

import pytest

from tools.redact import Redactor, redact
from tools.redact.patterns import SHAPES


def made(length: int, alphabet: str = "aB3cD9eF2gH7jK5mN8pQ4rS6tU") -> str:
    """A string that looks generated, the same each time."""
    return "".join(alphabet[(i * 7 + i // 5) % len(alphabet)] for i in range(length))


def hexed(length: int) -> str:
    return made(length, "0f3a9b1c7d2e8465")


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


JWT = f"eyJ{made(20)}.eyJ{made(30)}.{made(40)}"
PEM_LINES = [made(64) for _ in range(3)] + [made(24) + "=="]
PEM = "\n".join(["-----BEGIN RSA PRIVATE KEY-----", *PEM_LINES, "-----END RSA PRIVATE KEY-----"])
UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


class Seed(NamedTuple):
    kind: str
    secret: str
    text: str


TOKENS = {
    "jwt": JWT,
    "aws-access-key": "AKIA" + made(16, UPPER),
    "gcp-api-key": "AIza" + made(35),
    "gcp-oauth": "ya29." + made(60),
    "gcp-client-secret": "GOCSPX-" + made(28),
    "azure-client-secret": made(3) + "8Q~" + made(34),
    "github": "ghp_" + made(36),
    "gitlab": "glpat-" + made(20),
    "slack": "xoxb-" + made(12, "0123456789") + "-" + made(24),
    "slack-hook": "hooks.slack.com/services/T"
    + made(8, UPPER)
    + "/B"
    + made(8, UPPER)
    + "/x1"
    + made(22),
    "discord-hook": "discord.com/api/webhooks/123456789012345678/" + made(40),
    "teams-hook": "acme.webhook.office.com/webhookb2/" + made(40) + "/IncomingWebhook/" + made(32),
    "telegram": "123456789:AA" + made(33),
    "stripe": "sk_live_" + made(24),
    "npm": "npm_" + made(36),
    "pypi": "pypi-AgEIcHlwaS5vcmc" + made(60),
    "rubygems": "rubygems_" + hexed(48),
    "openai": "sk-proj-" + made(48),
    "anthropic": "sk-ant-api03-" + made(60),
    "huggingface": "hf_" + made(34),
    "vault": "hvs." + made(40),
    "docker": "dckr_pat_" + made(27),
    "openshift": "sha256~" + made(43),
    "sendgrid": "SG." + made(22) + "." + made(43),
    "twilio": "SK" + hexed(32),
    "mailgun": "key-" + hexed(32),
    "digitalocean": "dop_v1_" + hexed(64),
    "databricks": "dapi" + hexed(32),
    "linear": "lin_api_" + made(40),
    "shopify": "shpat_" + hexed(32),
    "square": "sq0csp-" + made(43),
    "doppler": "dp.pt." + made(43),
    "pulumi": "pul-" + hexed(40),
    "terraform-cloud": made(14) + ".atlasv1." + made(67),
    "grafana": "glsa_" + made(32) + "_" + hexed(8),
    "newrelic": "NRAK-" + made(27, UPPER),
    "atlassian": "ATATT3x" + made(60),
    "artifactory": "AKCp" + made(69),
    "age": "AGE-SECRET-KEY-1" + made(58, UPPER),
    "facebook": "EAA" + made(80),
    "planetscale": "pscale_tkn_" + made(43),
    "password-hash": "$2y$10$" + made(53),
    "htpasswd-sha": "{SHA}" + made(27) + "=",
    "bootstrap": "x7k2mp.q9w8e7r6t5y4u3i2",
}
"""One token of every shape."""

PLACES = {
    "log": 'time="2026-11-23T02:16:46Z" level=error msg="call with {} failed" code=403',
    "json log": '{{"level":"warn","msg":"got {} from upstream","pod":"web-1"}}',
    "url": "GET https://api.internal/v1/items?x=1&c={} 200",
    "env dump": "VALUE={}",
    "shell": 'export X="{}"; exec /app/server',
}


def token_seeds() -> list[Seed]:
    return [
        Seed(f"{kind} in {place}", token, template.format(token))
        for kind, token in TOKENS.items()
        for place, template in PLACES.items()
    ]


def k8s(kind: str, **fields: object) -> str:
    body = {
        "apiVersion": "v1",
        "kind": kind,
        "metadata": {"name": "x", "namespace": "shop"},
        **fields,
    }
    return json.dumps(body, indent=4)


def pod(**container: object) -> str:
    return k8s("Pod", spec={"containers": [{"name": "app", "image": "web:1", **container}]})


DOCKER_AUTH = json.dumps({"auths": {"registry.example.com": {"auth": b64("robot:s3cr3tpull")}}})
NAMED = [
    Seed("json log password", "hunter2", '{"user":"bob","password":"hunter2","n":1}'),
    Seed("escaped json", "hunter2", r'msg="body={\"user\":\"bob\",\"password\":\"hunter2\"}"'),
    Seed("logfmt", "s3cr3t!", "level=info db_password=s3cr3t! user=bob"),
    Seed("logfmt quoted", "two words", 'level=info password="two words" user=bob'),
    Seed("ansi", "hunter2", "\x1b[36mpassword\x1b[0m=hunter2 \x1b[36muser\x1b[0m=bob"),
    Seed("python dict", "hunter2", "config: {'host': 'db', 'password': 'hunter2'}"),
    Seed("go struct", "hunter2", "{Host:db User:app Password:hunter2 Port:5432}"),
    Seed("go env var", "hunter2", "&EnvVar{Name:DB_PASSWORD,Value:hunter2,ValueFrom:nil,}"),
    Seed("properties", "hunter2", "spring.datasource.password = hunter2"),
    Seed("yaml line", "correct horse", "  password: correct horse"),
    Seed("ini api key", "0a1b2c3d4e", "[svc]\napi_key=0a1b2c3d4e\n"),
    Seed("ruby hash", "hunter2", '{:user=>"bob", :password=>"hunter2"}'),
    Seed("xml", "hunter2", "<db><user>bob</user><password>hunter2</password></db>"),
    Seed("cli flag", "hunter2", "exec: /app --db-password hunter2 --port 80"),
    Seed("cli flag =", "hunter2", "exec: /app --db-password=hunter2 --port=80"),
    Seed("mysql -p", "hunter2", "sh -c 'mysql -h db -u root -phunter2 shop'"),
    Seed("redis-cli -a", "hunter2", "redis-cli -h cache -a hunter2 ping"),
    Seed("sshpass", "hunter2", "sshpass -p hunter2 ssh root@host"),
    Seed("curl -u", "hunter2", "curl -s -u admin:hunter2 https://x.internal/"),
    Seed("PGPASSWORD", "hunter2", "PGPASSWORD=hunter2 psql -h db"),
    Seed("netrc", "hunter2", "machine git.internal login bob password hunter2"),
    Seed("sql", "hunter2", "CREATE USER app IDENTIFIED BY 'hunter2'"),
    Seed("url userinfo", "hunter2", "cannot connect to postgres://app:hunter2@db:5432/shop"),
    Seed("url no user", "hunter2", "redis://:hunter2@cache:6379/0"),
    Seed("url with @", "p@ss", "mongodb://app:p@ss@db-0:27017,db-1:27017/shop"),
    Seed("url with /", "a/b/c9", "amqp://app:a/b/c9@mq:5672/"),
    Seed("git url token", made(40), f"https://{made(40)}@git.internal/x.git"),
    Seed("sentry dsn", hexed(32), f"SENTRY_DSN=https://{hexed(32)}@o1.ingest.sentry.io/42"),
    Seed("mysql dsn", "hunter2", "dsn=app:hunter2@tcp(db:3306)/shop?parseTime=true"),
    Seed(
        "ado dsn", "Hunt3r!2", "Server=db;Database=shop;User Id=sa;Password=Hunt3r!2;Encrypt=true"
    ),
    Seed(
        "azure storage",
        b64(made(48)),
        f"AccountName=shop;AccountKey={b64(made(48))};EndpointSuffix=core",
    ),
    Seed(
        "sas",
        made(43) + "%3D",
        f"https://x.blob.core.windows.net/c?sv=2024&sig={made(43)}%3D&se=2026",
    ),
    Seed("aws secret", made(40), f"aws_secret_access_key = {made(40)}"),
    Seed("aws pair", made(40), f"keys AKIA{made(16, UPPER)} {made(40)} loaded"),
    Seed("s3 signature", hexed(64), f"https://b.s3.amazonaws.com/k?X-Amz-Signature={hexed(64)}"),
    Seed("bearer", made(32), f"> Authorization: Bearer {made(32)}"),
    Seed("basic", b64("bob:hunter2!"), f"curl -H 'Authorization: Basic {b64('bob:hunter2!')}' x"),
    Seed("basic letters", "dXNlcjpwYXNz", "header Basic dXNlcjpwYXNz was refused"),
    Seed("cookie", made(24), f"Cookie: theme=dark; session={made(24)}"),
    Seed("set-cookie", made(24), f"< Set-Cookie: sid={made(24)}; Path=/; HttpOnly"),
    Seed("x-api-key", "k-12345678", "X-Api-Key: k-12345678"),
    Seed("vault header", "s.abc123", '"X-Vault-Token": ["s.abc123"]'),
    Seed(
        "approle",
        hexed(8) + "-1111-2222-3333-" + hexed(12),
        f"VAULT_SECRET_ID={hexed(8)}-1111-2222-3333-{hexed(12)}",
    ),
    Seed(
        "heroku",
        hexed(8) + "-1111-2222-3333-" + hexed(12),
        f"HEROKU_API_KEY={hexed(8)}-1111-2222-3333-{hexed(12)}",
    ),
    Seed("kubeadm", hexed(64), f"kubeadm join 10.0.0.1:6443 --certificate-key {hexed(64)}"),
    Seed("numeric", "12345678", "POSTGRES_PASSWORD=12345678"),
    Seed("laravel", "base64:" + b64(made(32)), f"APP_KEY=base64:{b64(made(32))}"),
    Seed("mid-line prose", "hunter2", "login for bob with password: hunter2 was refused"),
    Seed(
        "base64 of a dsn",
        b64("postgres://app:hunter2@db/shop"),
        f"config blob {b64('postgres://app:hunter2@db/shop')} rejected",
    ),
    Seed("base64 of a key", b64(PEM), f"ca: {b64(PEM)}"),
    Seed("pem one line", PEM_LINES[0], "key=" + PEM.replace("\n", "\\n")),
    Seed("pem lines", PEM_LINES[1], f"loaded\n{PEM}\nserver started"),
    Seed("pem last line", PEM_LINES[3], f"loaded\n{PEM}\nserver started"),
    Seed(
        "pem with timestamps",
        PEM_LINES[2],
        "\n".join(f"2026-11-23T02:16:46.1Z {line}" for line in PEM.split("\n")),
    ),
    Seed("pem without its begin", PEM_LINES[1], "\n".join(PEM.split("\n")[2:]) + "\nnext line"),
    Seed(
        "describe env",
        "hunter2",
        "    Environment:\n      DB_PASSWORD:  hunter2\n      A:            1\n",
    ),
    Seed(
        "describe env, more lines",
        "second9",
        "    Environment:\n      DB_PASSWORD:  first1\n                    second9\n      A:            1\n",
    ),
    Seed(
        "describe args",
        "hunter2",
        "    Args:\n      --db-password\n      hunter2\n      --port=80\n",
    ),
    Seed(
        "describe configmap",
        "hunter2",
        "Data\n====\nDB_PASSWORD:\n----\nhunter2\n\nMODE:\n----\nfast\n\nBinaryData\n====\n",
    ),
    Seed(
        "describe configmap file",
        "sw0rdf1sh",
        "Data\n====\napp.properties:\n----\nuser=bob\npassword=sw0rdf1sh\n\n\nBinaryData\n====\n",
    ),
    Seed(
        "describe custom resource", "hunter2", "Spec:\n  Access Key:  hunter2\n  Host:        db\n"
    ),
    Seed(
        "describe name and value",
        "hunter2",
        "  Env:\n    Name:   DB_PASSWORD\n    Value:  hunter2\n",
    ),
    Seed("pod env", "hunter2", pod(env=[{"name": "DB_PASSWORD", "value": "hunter2"}])),
    Seed("pod env, value first", "hunter2", pod(env=[{"value": "hunter2", "name": "DB_PASSWORD"}])),
    Seed("pod args", "hunter2", pod(args=["--token=hunter2", "--port=80"])),
    Seed("pod args apart", "hunter2", pod(args=["--redis-password", "hunter2"])),
    Seed("pod mysql args", "hunter2", pod(command=["mysql", "-p", "hunter2"])),
    Seed("pod shell", "hunter2", pod(command=["sh", "-c", "export SECRET_KEY=hunter2 && run"])),
    Seed(
        "probe header",
        "dXNlcjpwYXNz",
        pod(
            livenessProbe={
                "httpGet": {
                    "httpHeaders": [{"name": "Authorization", "value": "Basic dXNlcjpwYXNz"}]
                }
            }
        ),
    ),
    Seed(
        "configmap value", "hunter2", k8s("ConfigMap", data={"db.password": "hunter2", "mode": "a"})
    ),
    Seed(
        "configmap file",
        "hunter2",
        k8s("ConfigMap", data={"a.yml": "db:\n  user: x\n  password: hunter2\n"}),
    ),
    Seed(
        "configmap nested json",
        "hunter2",
        k8s("ConfigMap", data={"a.json": '{"password": "hunter2"}'}),
    ),
    Seed(
        "configmap key file", "plain-key-text", k8s("ConfigMap", data={"tls.key": "plain-key-text"})
    ),
    Seed(
        "configmap binary",
        b64("whatever it is"),
        k8s("ConfigMap", binaryData={"store": b64("whatever it is")}),
    ),
    Seed("secret", "b3JkaW5hcnk=", k8s("Secret", data={"colour": "b3JkaW5hcnk="})),
    Seed(
        "secret list",
        "b3JkaW5hcnk=",
        k8s("SecretList", items=[{"metadata": {"name": "a"}, "data": {"colour": "b3JkaW5hcnk="}}]),
    ),
    Seed(
        "sealed secret",
        "AgBy8x",
        json.dumps(
            {"kind": "SealedSecret", "metadata": {}, "encryptedData": {"a": "AgBy8x"}}, indent=4
        ),
    ),
    Seed(
        "docker config",
        b64("robot:s3cr3tpull"),
        k8s("ConfigMap", data={"config.json": DOCKER_AUTH}),
    ),
    Seed("docker config base64", b64(DOCKER_AUTH), f"pull config {b64(DOCKER_AUTH)}"),
    Seed(
        "last applied",
        "0rdinary-w0rd",
        json.dumps(
            {
                "metadata": {
                    "annotations": {
                        "kubectl.kubernetes.io/last-applied-configuration": '{"spec":{"x":"0rdinary-w0rd"}}'
                    }
                }
            },
            indent=4,
        ),
    ),
    Seed(
        "helm release",
        "SDRzSUFB",
        json.dumps(
            {
                "kind": "ConfigMap",
                "metadata": {"name": "sh.helm.release.v1.web.v3"},
                "data": {"release": "SDRzSUFB"},
            }
        ),
    ),
    Seed(
        "kubeconfig",
        "opaque-token-1",
        json.dumps({"users": [{"user": {"token": "opaque-token-1"}}]}),
    ),
    Seed(
        "jsonpath env",
        "hunter2",
        '[{"name":"A","value":"1"},{"name":"API_TOKEN","value":"hunter2"}]',
    ),
    Seed(
        "cut json",
        "hunter2",
        '{\n    "env": [\n        {\n            "name": "DB_PASSWORD",\n'
        '            "value": "hunter2"\n        },\n',
    ),
    Seed(
        "cut secret",
        "b3JkaW5hcnk=",
        '{\n    "data": {\n        "colour": "b3JkaW5hcnk="\n    },\n'
        '    "kind": "Secret",\n    "metadata": {\n',
    ),
    Seed(
        "yaml env",
        "hunter2",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec:\n  containers:\n"
        "  - env:\n    - name: DB_PASSWORD\n      value: hunter2\n    name: app\n",
    ),
    Seed(
        "yaml env, value first",
        "hunter2",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec:\n"
        "  containers:\n  - env:\n    - value: hunter2\n      name: DB_PASSWORD\n",
    ),
    Seed(
        "yaml block",
        "hunter2",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata:\n"
        "  app.conf: |\n    user=bob\n    password=hunter2\n    mode=fast\n",
    ),
    Seed(
        "yaml folded",
        "hunter2",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec:\n  containers:\n"
        "  - args:\n    - sh -c 'run --db-password\n      hunter2 --port 80'\n",
    ),
    Seed(
        "yaml secret",
        "b3JkaW5hcnk=",
        "apiVersion: v1\ndata:\n  colour: b3JkaW5hcnk=\nkind: Secret\nmetadata:\n  name: x\n",
    ),
    Seed(
        "yaml list",
        "hunter2",
        "apiVersion: v1\nitems:\n- apiVersion: v1\n  data:\n    PASSWORD: hunter2\n"
        "  kind: ConfigMap\n  metadata:\n    name: x\nkind: List\n",
    ),
]
SEEDS = token_seeds() + NAMED


@pytest.mark.parametrize("seed", SEEDS, ids=[seed.kind for seed in SEEDS])
def test_seeded_secret_does_not_survive(seed: Seed) -> None:
    result = redact(seed.text)
    assert seed.secret in seed.text or json.dumps(seed.secret)[1:-1] in seed.text
    assert seed.secret not in result
    assert "redacted" in result
    assert result.count("\n") == seed.text.count("\n")


@pytest.mark.parametrize("seed", NAMED, ids=[seed.kind for seed in NAMED])
def test_redacting_twice_changes_nothing_more(seed: Seed) -> None:
    redactor = Redactor(key=b"test")
    once = redactor.text(seed.text)
    assert redactor.text(once) == once


def test_every_shape_is_seeded() -> None:
    assert set(SHAPES) <= set(TOKENS)
    assert len(TOKENS) >= 25
    assert len(SEEDS) >= 60


@pytest.mark.parametrize("wrap", [str, b64, lambda s: s.replace("/", "%2F")])
def test_own_credentials_are_hidden_by_their_exact_text(wrap) -> None:  # type: ignore[no-untyped-def]
    own = "ordinary/looking-words"
    text = f"request failed: sent {wrap(own)} to the server\nnext line"
    assert redact(text) == text  # nothing tells it from words ...
    assert wrap(own) not in Redactor([own]).text(text)  # ... but its owner knows it


def test_learned_credentials_are_hidden_from_then_on() -> None:
    redactor = Redactor()
    redactor.learn(["later-word"])
    assert "later-word" not in redactor.text("x later-word y")


def test_masks_are_stable_in_one_redactor_and_not_guessable_from_outside() -> None:
    one, other = Redactor(), Redactor()
    text = "password=hunter2"
    assert one.text(text) == one.text(text)
    assert one.text(text) != other.text(text)
    assert Redactor(key=b"k").text(text) == Redactor(key=b"k").text(text)
