"""What Django cannot say: the functions that policies and sign-in stand on, the partitioned log, the protection."""

from django.db import migrations

from guanxi.core.protect import Protect

FUNCTIONS = """
CREATE FUNCTION core_tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT nullif(current_setting('app.enterprise', true), '')::uuid $$;

CREATE FUNCTION core_person() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT nullif(current_setting('app.person', true), '')::uuid $$;

-- Who am I, before any tenant is known: for whom an account works, and what a secret stands for.
CREATE FUNCTION core_memberships(account uuid)
RETURNS TABLE (staff_id uuid, enterprise_id uuid, enterprise_name text, slug text, role text, reach text, team text,
               store_ids uuid[], zone text, language text, currency text, clock timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT s.id, e.id, e.name, e.slug, s.role, s.reach, s.team, s.store_ids, e.zone, e.language, e.currency, e.clock
      FROM core_staff s JOIN core_enterprise e ON e.id = s.enterprise_id
      WHERE s.account_id = account AND s.active ORDER BY e.name, e.id $$;

CREATE FUNCTION core_enterprises()
RETURNS TABLE (enterprise_id uuid, enterprise_name text, slug text, zone text, language text, currency text,
               clock timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT id, name, slug, zone, language, currency, clock FROM core_enterprise ORDER BY id $$;

CREATE FUNCTION core_open(wanted_kind text, wanted_hash bytea)
RETURNS TABLE (secret_id uuid, enterprise_id uuid, subject_id uuid, scopes text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT id, s.enterprise_id, s.subject_id, s.scopes::text[] FROM core_secret s
      WHERE kind = wanted_kind AND hash = wanted_hash AND revoked_at IS NULL
        AND (expires_at IS NULL OR expires_at > now()) $$;

CREATE FUNCTION core_issue(secret uuid, new_kind text, new_hash bytea, enterprise uuid, subject uuid, new_scopes text[],
                           until timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$ BEGIN
  IF enterprise IS DISTINCT FROM core_tenant() AND NOT (new_kind = 'claim-code' AND core_person() IS NOT NULL) THEN
    RAISE insufficient_privilege USING MESSAGE = 'A secret is issued inside its own enterprise';
  END IF;
  INSERT INTO core_secret (id, kind, hash, enterprise_id, subject_id, scopes, created_at, expires_at)
  VALUES (secret, new_kind, new_hash, enterprise, subject, new_scopes, now(), until);
END $$;

CREATE FUNCTION core_revoke(secret uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$ BEGIN
  UPDATE core_secret SET revoked_at = now()
  WHERE id = secret AND enterprise_id = core_tenant() AND revoked_at IS NULL;
  RETURN FOUND;
END $$;

-- The account of an address, made without a password where there is none: staff are invited by address.
CREATE FUNCTION core_account_for(address text, shown_name text, new_id uuid) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$ DECLARE found uuid; BEGIN
  IF core_tenant() IS NULL THEN
    RAISE insufficient_privilege USING MESSAGE = 'Accounts are invited by an enterprise';
  END IF;
  INSERT INTO core_account (id, email, name, password, language, zone, is_active, created_at)
  VALUES (new_id, lower(address), shown_name, '!', '', '', true, now()) ON CONFLICT (email) DO NOTHING;
  SELECT id INTO found FROM core_account WHERE email = lower(address);
  RETURN found;
END $$;
"""

LOG = """
CREATE SEQUENCE core_event_seq CACHE 1;
CREATE TABLE core_event (
  id uuid NOT NULL,
  enterprise_id uuid NOT NULL,
  seq bigint NOT NULL DEFAULT nextval('core_event_seq'),
  type varchar(80) NOT NULL,
  version smallint NOT NULL DEFAULT 1,
  occurred_at timestamptz NOT NULL,
  received_at timestamptz NOT NULL,
  customer_id uuid,
  anonymous_id varchar(200),
  source_id uuid,
  store_id uuid,
  payload jsonb NOT NULL DEFAULT '{}',
  request_id varchar(64) NOT NULL DEFAULT '',
  PRIMARY KEY (received_at, id)
) PARTITION BY RANGE (received_at);
CREATE INDEX core_event_timeline ON core_event (enterprise_id, customer_id, occurred_at DESC, seq DESC);
CREATE INDEX core_event_order ON core_event (enterprise_id, seq DESC);

CREATE TABLE core_seen (
  enterprise_id uuid NOT NULL,
  source_id uuid NOT NULL,
  message_id text NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (enterprise_id, source_id, message_id)
);
CREATE INDEX core_seen_age ON core_seen USING brin (seen_at);

CREATE UNLOGGED TABLE core_bucket (key bytea PRIMARY KEY, tokens float8 NOT NULL, at timestamptz NOT NULL);
-- Django's cache: sign-in's rate limits count over all processes.
CREATE UNLOGGED TABLE core_cache (cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL);
CREATE INDEX core_cache_expires ON core_cache (expires);

-- Access goes through the parent: a grant on a partition would read all tenants.
CREATE FUNCTION core_event_partitions(months_ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$ DECLARE first timestamptz; name text; made integer := 0; BEGIN
  FOR month IN 0..months_ahead LOOP
    first := (date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => month)) AT TIME ZONE 'UTC';
    name := 'core_event_' || to_char(first AT TIME ZONE 'UTC', 'YYYY_MM');
    IF to_regclass(name) IS NULL THEN
      EXECUTE format('CREATE TABLE %I PARTITION OF core_event FOR VALUES FROM (%L) TO (%L)', name, first,
                     ((first AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC');
      EXECUTE format('REVOKE ALL ON %I FROM PUBLIC, guanxi_app, guanxi_desk, guanxi_self, guanxi_work', name);
      made := made + 1;
    END IF;
  END LOOP;
  RETURN made;
END $$;
SELECT core_event_partitions(3);
GRANT USAGE ON SEQUENCE core_event_seq TO guanxi_desk;
"""

# An account is found while signing in, by the login role; inside a tenancy only what is one's own.
ACCOUNTS = """
ALTER TABLE core_account ENABLE ROW LEVEL SECURITY;
CREATE POLICY guanxi_app ON core_account TO guanxi_app USING (true) WITH CHECK (true);
CREATE POLICY guanxi_desk ON core_account FOR SELECT TO guanxi_desk
  USING (id IN (SELECT account_id FROM core_staff WHERE enterprise_id = core_tenant()));
CREATE POLICY guanxi_self ON core_account FOR SELECT TO guanxi_self USING (id = core_person());
CREATE POLICY guanxi_self_change ON core_account FOR UPDATE TO guanxi_self USING (id = core_person());
GRANT SELECT ON core_account TO guanxi_desk, guanxi_self;
GRANT UPDATE (name, language, zone) ON core_account TO guanxi_self;
REVOKE ALL ON FUNCTION core_memberships, core_enterprises, core_open, core_issue, core_revoke, core_account_for,
  core_event_partitions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION core_memberships, core_enterprises, core_open
  TO guanxi_app, guanxi_desk, guanxi_self, guanxi_work;
GRANT EXECUTE ON FUNCTION core_issue TO guanxi_desk, guanxi_self;
GRANT EXECUTE ON FUNCTION core_revoke, core_account_for TO guanxi_desk;
GRANT EXECUTE ON FUNCTION core_event_partitions TO guanxi_app;
"""

APPEND = "SELECT, INSERT"
OWN_ENTERPRISE = "id = core_tenant()"


class Migration(migrations.Migration):
    """After the tables, before anybody uses them."""

    dependencies = [("core", "0001_initial")]

    operations = [
        migrations.RunSQL(FUNCTIONS, migrations.RunSQL.noop),
        migrations.RunSQL(LOG, migrations.RunSQL.noop),
        Protect(
            "enterprise",
            desk="SELECT, UPDATE",
            desk_rows=OWN_ENTERPRISE,
            self_grant="SELECT",
            self_rows="true",
        ),
        Protect("enterprisehistory", desk=APPEND, desk_rows=OWN_ENTERPRISE),
        Protect("store", referable=True),
        Protect("storehistory", desk=APPEND),
        Protect("staff", referable=True),
        Protect("staffhistory", desk=APPEND),
        Protect("apikey"),
        Protect("apikeyhistory", desk=APPEND),
        Protect("savedview"),
        Protect("savedviewhistory", desk=APPEND),
        Protect("subjectkey", desk="SELECT, INSERT, DELETE"),
        Protect("secret", desk=""),
        Protect("read", desk=APPEND, self_grant="INSERT", self_rows="reader = 'person:' || core_person()"),
        Protect("event", desk=APPEND),
        Protect("seen", desk="SELECT, INSERT, DELETE"),
        Protect("reaction", work="SELECT, UPDATE, DELETE"),
        Protect("idempotencykey"),
        migrations.RunSQL(ACCOUNTS, migrations.RunSQL.noop),
    ]
