-- builder_sessionsrv as it was in August 2018; run once for public and once for every shard's schema, which the search path names.
CREATE SEQUENCE account_invitations_id_seq;
CREATE SEQUENCE account_tokens_id_seq;
CREATE SEQUENCE accounts_id_seq;

CREATE TABLE __diesel_schema_migrations (
    version varchar(50) NOT NULL,
    run_on timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP
);
INSERT INTO __diesel_schema_migrations (version) VALUES ('00000000000000'), ('20171212193407'), ('20180215232946'), ('20180301041011');

CREATE TABLE accounts (
    id bigint NOT NULL DEFAULT next_id_v1('accounts_id_seq'),
    name text,
    email text,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz
);
CREATE TABLE account_origins (
    account_id bigint,
    account_name text,
    origin_id bigint,
    origin_name text,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz
);
CREATE TABLE account_tokens (
    id bigint NOT NULL DEFAULT next_id_v1('account_tokens_id_seq'),
    account_id bigint,
    token text,
    created_at timestamptz DEFAULT now()
);
CREATE TABLE account_invitations (
    id bigint NOT NULL DEFAULT next_id_v1('account_invitations_id_seq'),
    origin_invitation_id bigint,
    origin_id bigint,
    origin_name text,
    account_id bigint,
    account_name text,
    owner_id bigint,
    ignored boolean DEFAULT false,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz
);

-- keys: run after the rows are in
ALTER TABLE __diesel_schema_migrations ADD PRIMARY KEY (version);
ALTER TABLE accounts ADD PRIMARY KEY (id), ADD UNIQUE (name);
ALTER TABLE account_origins ADD UNIQUE (account_id, origin_id);
ALTER TABLE account_tokens ADD PRIMARY KEY (id), ADD UNIQUE (token);
ALTER TABLE account_invitations ADD PRIMARY KEY (id), ADD UNIQUE (origin_id, account_id),
    ADD FOREIGN KEY (account_id) REFERENCES accounts (id),
    ADD FOREIGN KEY (account_name) REFERENCES accounts (name);
