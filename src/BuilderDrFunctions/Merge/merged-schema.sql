-- The schema of the database "builder" as the database merge of 2018 leaves it: where today's migrations go on from.
-- One column a line: the merge reads from here what a source must have. Keys and indexes are behind the mark, because they are made over the rows.

CREATE FUNCTION next_id_v1(sequence_id regclass, OUT result bigint) LANGUAGE plpgsql AS $$
BEGIN
    -- milliseconds since August 2014, ten bits of the sequence, and thirteen that once named the shard
    result := ((floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint - 1409266191000) << 23)
        | ((nextval(sequence_id) % 1024) << 13);
END;
$$;

CREATE SEQUENCE accounts_id_seq;
CREATE SEQUENCE account_tokens_id_seq;
CREATE SEQUENCE origin_channel_id_seq;
CREATE SEQUENCE origin_id_seq;
CREATE SEQUENCE origin_integration_id_seq;
CREATE SEQUENCE origin_invitations_id_seq;
CREATE SEQUENCE origin_package_id_seq;
CREATE SEQUENCE origin_private_encryption_key_id_seq;
CREATE SEQUENCE origin_project_id_seq;
CREATE SEQUENCE origin_project_integration_id_seq;
CREATE SEQUENCE origin_public_encryption_key_id_seq;
CREATE SEQUENCE origin_public_key_id_seq;
CREATE SEQUENCE origin_secret_key_id_seq;
CREATE SEQUENCE origin_secrets_id_seq;

CREATE TABLE accounts (
    id bigint NOT NULL DEFAULT next_id_v1('accounts_id_seq'),
    name text,
    email text,
    created_at timestamp with time zone DEFAULT now(),
    updated_at timestamp with time zone DEFAULT now()
);
CREATE TABLE account_tokens (
    id bigint NOT NULL DEFAULT next_id_v1('account_tokens_id_seq'),
    account_id bigint,
    token text,
    created_at timestamp with time zone DEFAULT now()
);
CREATE TABLE origins (
    id bigint NOT NULL DEFAULT next_id_v1('origin_id_seq'),
    name text,
    owner_id bigint,
    created_at timestamp with time zone DEFAULT now(),
    updated_at timestamp with time zone DEFAULT now(),
    default_package_visibility text NOT NULL DEFAULT 'public'
);
CREATE TABLE audit_package (
    origin_id bigint,
    package_id bigint,
    channel_id bigint,
    operation smallint,
    trigger smallint,
    requester_id bigint,
    requester_name text,
    created_at timestamp with time zone DEFAULT now()
);
CREATE TABLE audit_package_group (
    origin_id bigint,
    channel_id bigint,
    package_ids bigint[],
    operation smallint,
    trigger smallint,
    requester_id bigint,
    requester_name text,
    group_id bigint,
    created_at timestamp with time zone DEFAULT now()
);
CREATE TABLE origin_secrets (
    id bigint NOT NULL DEFAULT next_id_v1('origin_secrets_id_seq'),
    origin_id bigint,
    owner_id bigint,
    name text,
    value text,
    created_at timestamp with time zone DEFAULT now(),
    updated_at timestamp with time zone DEFAULT now()
);
CREATE TABLE origin_packages (
    id bigint NOT NULL DEFAULT next_id_v1('origin_package_id_seq'),
    origin_id bigint,
    owner_id bigint,
    name text,
    ident text,
    ident_array text[],
    checksum text,
    manifest text,
    config text,
    target text,
    deps text,
    tdeps text,
    exposes text,
    scheduler_sync boolean DEFAULT false,
    created_at timestamp with time zone DEFAULT now(),
    updated_at timestamp with time zone DEFAULT now(),
    visibility text NOT NULL DEFAULT 'public'
);
CREATE TABLE origin_channels (
    id bigint NOT NULL DEFAULT next_id_v1('origin_channel_id_seq'),
    origin_id bigint,
    owner_id bigint,
    name text,
    created_at timestamp with time zone DEFAULT now(),
    updated_at timestamp with time zone DEFAULT now()
);
CREATE TABLE origin_integrations (
    id bigint NOT NULL DEFAULT next_id_v1('origin_integration_id_seq'),
    origin text,
    integration text,
    name text,
    body text,
    created_at timestamp with time zone DEFAULT now(),
    updated_at timestamp with time zone DEFAULT now()
);
CREATE TABLE origin_invitations (
    id bigint NOT NULL DEFAULT next_id_v1('origin_invitations_id_seq'),
    origin_id bigint,
    origin_name text,
    account_id bigint,
    account_name text,
    owner_id bigint,
    ignored boolean DEFAULT false,
    created_at timestamp with time zone DEFAULT now(),
    updated_at timestamp with time zone DEFAULT now()
);
CREATE TABLE origin_private_encryption_keys (
    id bigint NOT NULL DEFAULT next_id_v1('origin_private_encryption_key_id_seq'),
    origin_id bigint,
    owner_id bigint,
    name text,
    revision text,
    full_name text,
    body bytea,
    created_at timestamp with time zone DEFAULT now(),
    updated_at timestamp with time zone DEFAULT now()
);
CREATE TABLE origin_projects (
    id bigint NOT NULL DEFAULT next_id_v1('origin_project_id_seq'),
    origin_id bigint,
    origin_name text,
    package_name text,
    name text,
    plan_path text,
    owner_id bigint,
    vcs_type text,
    vcs_data text,
    created_at timestamp with time zone DEFAULT now(),
    updated_at timestamp with time zone DEFAULT now(),
    vcs_auth_token text,
    vcs_username text,
    vcs_installation_id bigint,
    visibility text NOT NULL DEFAULT 'public',
    auto_build boolean NOT NULL DEFAULT true
);
CREATE TABLE origin_project_integrations (
    id bigint NOT NULL DEFAULT next_id_v1('origin_project_integration_id_seq'),
    origin text NOT NULL,
    body text NOT NULL,
    created_at timestamp with time zone NOT NULL DEFAULT now(),
    updated_at timestamp with time zone NOT NULL DEFAULT now(),
    project_id bigint NOT NULL,
    integration_id bigint NOT NULL
);
-- its ids come from the signing keys' sequence: so it is in Builder
CREATE TABLE origin_public_encryption_keys (
    id bigint NOT NULL DEFAULT next_id_v1('origin_public_key_id_seq'),
    origin_id bigint,
    owner_id bigint,
    name text,
    revision text,
    full_name text,
    body bytea,
    created_at timestamp with time zone DEFAULT now(),
    updated_at timestamp with time zone DEFAULT now()
);
CREATE TABLE origin_public_keys (
    id bigint NOT NULL DEFAULT next_id_v1('origin_public_key_id_seq'),
    origin_id bigint,
    owner_id bigint,
    name text,
    revision text,
    full_name text,
    body bytea,
    created_at timestamp with time zone DEFAULT now(),
    updated_at timestamp with time zone DEFAULT now()
);
CREATE TABLE origin_secret_keys (
    id bigint NOT NULL DEFAULT next_id_v1('origin_secret_key_id_seq'),
    origin_id bigint,
    owner_id bigint,
    name text,
    revision text,
    full_name text,
    body bytea,
    created_at timestamp with time zone DEFAULT now(),
    updated_at timestamp with time zone DEFAULT now()
);
CREATE TABLE origin_channel_packages (
    channel_id bigint NOT NULL,
    package_id bigint NOT NULL,
    created_at timestamp with time zone DEFAULT now(),
    updated_at timestamp with time zone DEFAULT now()
);
CREATE TABLE origin_members (
    origin_id bigint NOT NULL,
    origin_name text,
    account_id bigint NOT NULL,
    account_name text,
    created_at timestamp with time zone DEFAULT now(),
    updated_at timestamp with time zone DEFAULT now()
);

-- keys: one a line
ALTER TABLE accounts ADD PRIMARY KEY (id);
ALTER TABLE accounts ADD UNIQUE (name);
ALTER TABLE account_tokens ADD PRIMARY KEY (id);
ALTER TABLE account_tokens ADD UNIQUE (token);
ALTER TABLE origins ADD PRIMARY KEY (id);
ALTER TABLE origins ADD UNIQUE (name);
ALTER TABLE origin_secrets ADD PRIMARY KEY (id);
ALTER TABLE origin_secrets ADD UNIQUE (origin_id, name);
ALTER TABLE origin_packages ADD PRIMARY KEY (id);
ALTER TABLE origin_packages ADD UNIQUE (ident);
CREATE INDEX origin_packages_ident_array ON origin_packages (ident_array);
ALTER TABLE origin_channels ADD PRIMARY KEY (id);
ALTER TABLE origin_channels ADD UNIQUE (origin_id, name);
ALTER TABLE origin_integrations ADD PRIMARY KEY (id);
ALTER TABLE origin_integrations ADD UNIQUE (origin, integration, name);
ALTER TABLE origin_invitations ADD PRIMARY KEY (id);
ALTER TABLE origin_invitations ADD UNIQUE (origin_id, account_id);
ALTER TABLE origin_private_encryption_keys ADD PRIMARY KEY (id);
ALTER TABLE origin_private_encryption_keys ADD UNIQUE (full_name);
ALTER TABLE origin_projects ADD PRIMARY KEY (id);
ALTER TABLE origin_projects ADD UNIQUE (origin_name, package_name, name);
ALTER TABLE origin_project_integrations ADD PRIMARY KEY (id);
ALTER TABLE origin_project_integrations ADD UNIQUE (project_id, integration_id);
ALTER TABLE origin_public_encryption_keys ADD PRIMARY KEY (id);
ALTER TABLE origin_public_encryption_keys ADD UNIQUE (full_name);
ALTER TABLE origin_public_keys ADD PRIMARY KEY (id);
ALTER TABLE origin_public_keys ADD UNIQUE (full_name);
ALTER TABLE origin_secret_keys ADD PRIMARY KEY (id);
ALTER TABLE origin_secret_keys ADD UNIQUE (full_name);
ALTER TABLE origin_channel_packages ADD PRIMARY KEY (channel_id, package_id);
ALTER TABLE origin_members ADD PRIMARY KEY (origin_id, account_id);

ALTER TABLE origin_secrets ADD FOREIGN KEY (origin_id) REFERENCES origins (id);
ALTER TABLE origin_packages ADD FOREIGN KEY (origin_id) REFERENCES origins (id);
ALTER TABLE origin_channels ADD FOREIGN KEY (origin_id) REFERENCES origins (id);
ALTER TABLE origin_invitations ADD FOREIGN KEY (origin_id) REFERENCES origins (id);
ALTER TABLE origin_private_encryption_keys ADD FOREIGN KEY (origin_id) REFERENCES origins (id);
ALTER TABLE origin_projects ADD FOREIGN KEY (origin_id) REFERENCES origins (id);
ALTER TABLE origin_public_encryption_keys ADD FOREIGN KEY (origin_id) REFERENCES origins (id);
ALTER TABLE origin_public_keys ADD FOREIGN KEY (origin_id) REFERENCES origins (id);
ALTER TABLE origin_secret_keys ADD FOREIGN KEY (origin_id) REFERENCES origins (id);
ALTER TABLE origin_members ADD FOREIGN KEY (origin_id) REFERENCES origins (id);
ALTER TABLE origin_project_integrations ADD FOREIGN KEY (project_id) REFERENCES origin_projects (id) ON DELETE CASCADE;
ALTER TABLE origin_project_integrations ADD FOREIGN KEY (integration_id) REFERENCES origin_integrations (id) ON DELETE CASCADE;
ALTER TABLE origin_channel_packages ADD FOREIGN KEY (channel_id) REFERENCES origin_channels (id) ON DELETE CASCADE;
ALTER TABLE origin_channel_packages ADD FOREIGN KEY (package_id) REFERENCES origin_packages (id);
