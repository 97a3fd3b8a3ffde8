"""Words that scenarios are told with: namespaces, programs, variables, keys, hosts."""

from __future__ import annotations

POOLS: dict[str, tuple[str, ...]] = {
    "namespace": (
        "aurora", "backoffice", "bookings", "claims", "core-banking", "data-platform", "delivery",
        "dispatch", "fleet", "freight", "fulfilment", "grocery", "harbor-ops", "hr-portal",
        "insights", "inventory", "live-ops", "logistics", "marketing", "mobility", "newsroom",
        "observatory", "payments-eu", "playlists", "pricing", "procurement", "receipts", "rewards",
        "risk", "shipping", "smart-home", "streaming", "studio", "support", "telemetry", "tickets",
        "warehouse", "weather",
    ),
    "service": (
        "accounts", "ads-ranker", "alerts-router", "audit-trail", "basket", "billing-sync",
        "booking-api", "catalog-web", "chat-relay", "clearing", "courier", "coupon-engine",
        "dispatcher", "export-worker", "feed-builder", "fraud-check", "geo-index", "image-resizer",
        "ledger-writer", "loyalty", "mailer", "matcher", "meter-reader", "metadata-api",
        "order-intake", "parcel-tracker", "photo-store", "player-state", "price-feed", "quote-api",
        "recommender", "refunds", "report-runner", "route-planner", "seat-map", "session-store",
        "settlement", "sms-gateway", "stock-watch", "tax-engine", "timeline", "token-broker",
        "tour-guide", "user-profile", "voucher-api", "wallet", "webhook-relay", "wishlist",
    ),
    "env": (
        "AMQP_URL", "API_BASE_URL", "AUTH_ISSUER_URL", "BROKER_HOST", "BUCKET_NAME", "CACHE_HOST",
        "CATALOG_ENDPOINT", "DATABASE_URL", "GEOCODER_API_KEY", "INVENTORY_ENDPOINT", "JWT_SECRET",
        "KAFKA_BROKERS", "LEDGER_HOST", "MONGO_URI", "PRICING_URL", "QUEUE_HOST", "REDIS_HOST",
        "SEARCH_ENDPOINT", "SESSION_SECRET", "SMTP_HOST", "STRIPE_API_KEY", "TENANT_ID",
        "UPSTREAM_URL", "WEBHOOK_URL",
    ),
    "config-key": (
        "api-endpoint", "audit-level", "batch-size", "cache-size", "checkout-mode", "country-code",
        "discount-rules", "feature-flags", "invoice-prefix", "log-format", "max-workers",
        "page-size", "price-list", "queue-name", "rate-limit", "region-code", "retry-limit",
        "sender-address", "shard-count", "tax-region", "time-zone", "upload-bucket",
    ),
    "host": (
        "accounts-db", "cart-cache", "customers-db", "events-broker", "feature-store", "geo-cache",
        "identity-db", "invoices-db", "leases-db", "media-queue", "orders-db", "prices-cache",
        "profiles-db", "search-index", "sessions-redis", "stock-db", "tasks-broker", "users-pg",
    ),
    "container": ("api", "app", "main", "server", "web", "worker"),
    "job": (
        "backfill-scores", "close-of-day", "compact-index", "daily-rollup", "expire-tokens",
        "export-ledger", "import-prices", "migrate-schema", "nightly-sync", "purge-drafts",
        "rebuild-search", "reconcile-stock", "refresh-cache", "send-digests", "yearly-archive",
    ),
    "table": (
        "audit_events", "balances_2026_10", "customer_segments", "daily_prices", "invoices_v2",
        "ledger_entries", "loyalty_points", "order_lines", "payouts_2026", "shipment_legs",
        "stock_levels", "tax_rates", "trips_2026_11", "user_flags",
    ),
    "storage-class": (
        "ceph-rbd-fast", "csi-premium", "ebs-io2", "fast-ssd", "gold-nvme", "longhorn-ssd",
        "managed-premium", "portworx-db", "premium-rwo", "zfs-mirror",
    ),
    "daemon": (
        "billingd", "cruncher", "exporterd", "ingestd", "mapper", "pdfgend", "resizerd", "scand",
        "transcoded", "workerd",
    ),
    "node-label": (
        "accelerator", "instance-family", "network-tier", "node-pool", "storage-tier",
        "workload-class", "zone-class",
    ),
    "label-value": (
        "batch-only", "edge-west", "gpu-a100", "highmem", "local-nvme", "metal", "premium",
        "secure", "spot", "turbo",
    ),
    "registry": (
        "ghcr.io/northwind", "harbor.corp.example/apps", "quay.io/acme", "registry.acme.example",
        "registry.internal:5000/platform", "registry.example.com/prod",
    ),
}  # fmt: skip
"""Pools by name. No word of a pool is the recorded one of any scenario."""
