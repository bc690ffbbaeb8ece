-- Builder's database as its migrations leave it (builder-db, mid 2025): types, sequences, functions and tables.
-- Keys and indexes are in builder.keys.sql, so that a bulk load need not keep them up to date.
-- Columns stand in the order in which the migrations added them: a dump lists them so.

CREATE EXTENSION intarray;

CREATE TYPE job_exec_state AS ENUM ('pending', 'waiting_on_dependency', 'ready', 'running', 'complete', 'job_failed',
    'dependency_failed', 'cancel_pending', 'cancel_complete');
CREATE TYPE origin_member_role AS ENUM ('readonly_member', 'member', 'maintainer', 'administrator', 'owner');
CREATE TYPE origin_operation AS ENUM ('origin_create', 'origin_delete', 'owner_transfer');
CREATE TYPE origin_package_operation AS ENUM ('promote', 'demote');
CREATE TYPE origin_package_visibility AS ENUM ('public', 'private', 'hidden');
CREATE TYPE package_channel_operation AS ENUM ('promote', 'demote');
CREATE TYPE package_channel_trigger AS ENUM ('unknown', 'builder_ui', 'hab_client');

CREATE SEQUENCE account_tokens_id_seq;
CREATE SEQUENCE accounts_id_seq;
CREATE SEQUENCE audit_origin_id_seq;
CREATE SEQUENCE job_graph_id_seq;
CREATE SEQUENCE license_keys_id_seq;
CREATE SEQUENCE origin_channel_id_seq;
CREATE SEQUENCE origin_id_seq;
CREATE SEQUENCE origin_integration_id_seq;
CREATE SEQUENCE origin_invitations_id_seq;
CREATE SEQUENCE origin_package_id_seq;
CREATE SEQUENCE origin_package_settings_id_seq;
CREATE SEQUENCE origin_private_encryption_key_id_seq;
CREATE SEQUENCE origin_project_id_seq;
CREATE SEQUENCE origin_project_integration_id_seq;
CREATE SEQUENCE origin_public_encryption_key_id_seq;
CREATE SEQUENCE origin_public_key_id_seq;
CREATE SEQUENCE origin_secret_key_id_seq;
CREATE SEQUENCE origin_secrets_id_seq;

-- Milliseconds since 2014-08-28 in the upper bits, the sequence modulo 1024 below them, 13 bits free.
CREATE FUNCTION next_id_v1(sequence_id regclass, OUT result bigint) LANGUAGE plpgsql AS $$
BEGIN
    result := ((floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint - 1409266191000) << 23)
        | ((nextval(sequence_id) % 1024) << 13);
END;
$$;

CREATE FUNCTION diesel_set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW IS DISTINCT FROM OLD AND NEW.updated_at IS NOT DISTINCT FROM OLD.updated_at THEN
        NEW.updated_at := now();
    END IF;
    RETURN NEW;
END;
$$;

CREATE FUNCTION diesel_manage_updated_at(_tbl regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER set_updated_at BEFORE UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION diesel_set_updated_at()', _tbl);
END;
$$;

CREATE FUNCTION update_origin_package_vector_index() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.ident_vector := to_tsvector(array_to_string(NEW.ident_array[1:2], ' '));
    RETURN NEW;
END;
$$;

CREATE TABLE __diesel_schema_migrations (
    version varchar(50) NOT NULL,
    run_on timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE accounts (
    id bigint NOT NULL DEFAULT next_id_v1('accounts_id_seq'),
    name text,
    email text,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);

CREATE TABLE account_tokens (
    id bigint NOT NULL DEFAULT next_id_v1('account_tokens_id_seq'),
    account_id bigint,
    token text,
    created_at timestamptz DEFAULT now()
);

CREATE TABLE license_keys (
    id bigint NOT NULL DEFAULT next_id_v1('license_keys_id_seq'),
    account_id bigint NOT NULL,
    license_key text NOT NULL,
    expiration_date date NOT NULL,
    created_at timestamptz DEFAULT now()
);

CREATE TABLE origins (
    name text NOT NULL,
    owner_id bigint,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    default_package_visibility origin_package_visibility NOT NULL DEFAULT 'public',
    hidden boolean DEFAULT false
);

CREATE TABLE origin_members (
    origin text,
    account_id bigint NOT NULL,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    member_role origin_member_role NOT NULL DEFAULT 'readonly_member'
);

CREATE TABLE origin_invitations (
    id bigint NOT NULL DEFAULT next_id_v1('origin_invitations_id_seq'),
    origin text,
    account_id bigint,
    account_name text,
    owner_id bigint,
    ignored boolean DEFAULT false,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);

CREATE TABLE origin_public_keys (
    id bigint NOT NULL DEFAULT next_id_v1('origin_public_key_id_seq'),
    owner_id bigint,
    name text,
    revision text,
    full_name text,
    body text,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    origin text
);

CREATE TABLE origin_secret_keys (
    id bigint NOT NULL DEFAULT next_id_v1('origin_secret_key_id_seq'),
    owner_id bigint,
    name text,
    revision text,
    full_name text,
    body text,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    origin text,
    encryption_key_rev text
);

-- its ids come from the signing keys' sequence: so it is in Builder
CREATE TABLE origin_public_encryption_keys (
    id bigint NOT NULL DEFAULT next_id_v1('origin_public_key_id_seq'),
    owner_id bigint,
    name text,
    revision text,
    full_name text,
    body text,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    origin text
);

CREATE TABLE origin_private_encryption_keys (
    id bigint NOT NULL DEFAULT next_id_v1('origin_private_encryption_key_id_seq'),
    owner_id bigint,
    name text,
    revision text,
    full_name text,
    body text,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    origin text
);

CREATE TABLE origin_secrets (
    id bigint NOT NULL DEFAULT next_id_v1('origin_secrets_id_seq'),
    owner_id bigint,
    name text,
    value text,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    origin text
);

CREATE TABLE origin_integrations (
    id bigint NOT NULL DEFAULT next_id_v1('origin_integration_id_seq'),
    origin text,
    integration text,
    name text,
    body text,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);

CREATE TABLE origin_projects (
    id bigint NOT NULL DEFAULT next_id_v1('origin_project_id_seq'),
    origin text,
    package_name text,
    name text,
    plan_path text,
    owner_id bigint,
    vcs_type text,
    vcs_data text,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    vcs_installation_id bigint,
    visibility origin_package_visibility NOT NULL DEFAULT 'public',
    auto_build boolean NOT NULL DEFAULT true,
    target text
);

CREATE TABLE origin_project_integrations (
    id bigint NOT NULL DEFAULT next_id_v1('origin_project_integration_id_seq'),
    origin text NOT NULL,
    body text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    project_id bigint NOT NULL,
    integration_id bigint NOT NULL
);

CREATE TABLE origin_package_settings (
    id bigint NOT NULL DEFAULT next_id_v1('origin_package_settings_id_seq'),
    origin text,
    name text,
    visibility origin_package_visibility,
    owner_id bigint,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    hidden boolean DEFAULT false
);

CREATE TABLE origin_packages (
    id bigint NOT NULL DEFAULT next_id_v1('origin_package_id_seq'),
    owner_id bigint,
    name text,
    ident text,
    ident_array text[],
    checksum text,
    manifest text,
    config text,
    target text,
    deps text[],
    tdeps text[],
    exposes integer[],
    scheduler_sync boolean DEFAULT false,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    visibility origin_package_visibility NOT NULL DEFAULT 'public',
    ident_vector tsvector,
    origin text,
    build_deps text[] DEFAULT '{}',
    build_tdeps text[] DEFAULT '{}',
    package_type text NOT NULL DEFAULT 'standard',
    hidden boolean DEFAULT false
);

CREATE TABLE origin_channels (
    id bigint NOT NULL DEFAULT next_id_v1('origin_channel_id_seq'),
    owner_id bigint,
    name text,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    origin text
);

CREATE TABLE origin_channel_packages (
    channel_id bigint NOT NULL,
    package_id bigint NOT NULL,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);

CREATE TABLE audit_origin (
    id bigint NOT NULL DEFAULT next_id_v1('audit_origin_id_seq'),
    operation origin_operation,
    target_object text,
    origin text,
    requester_id bigint,
    requester_name text,
    created_at timestamptz DEFAULT now()
);

CREATE TABLE audit_package (
    operation package_channel_operation,
    trigger package_channel_trigger,
    requester_id bigint,
    requester_name text,
    created_at timestamptz DEFAULT now(),
    origin text,
    channel text,
    package_ident text
);

CREATE TABLE audit_package_group (
    package_ids bigint[],
    operation origin_package_operation,
    trigger package_channel_trigger,
    requester_id bigint,
    requester_name text,
    group_id bigint,
    created_at timestamptz DEFAULT now(),
    origin text,
    channel text
);

CREATE TABLE job_graph (
    id bigint NOT NULL DEFAULT nextval('job_graph_id_seq'),
    group_id bigint NOT NULL,
    project_name text,
    job_id bigint,
    job_state job_exec_state,
    manifest_ident text,
    as_built_ident text,
    dependencies bigint[] NOT NULL,
    waiting_on_count integer NOT NULL,
    target_platform text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TRIGGER origin_packages_vector BEFORE INSERT ON origin_packages
    FOR EACH ROW EXECUTE FUNCTION update_origin_package_vector_index();
SELECT diesel_manage_updated_at('job_graph');
