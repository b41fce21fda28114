BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE audit (
	seq INTEGER NOT NULL, 
	time VARCHAR(27) NOT NULL, 
	user_id VARCHAR(64) NOT NULL, 
	action VARCHAR(32) NOT NULL, 
	object_kind VARCHAR(32) NOT NULL, 
	object_id VARCHAR(64) NOT NULL, 
	patient_id VARCHAR(64) NOT NULL, 
	outcome VARCHAR(16) NOT NULL, 
	previous VARCHAR(64) NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	PRIMARY KEY (seq)
);
INSERT INTO "audit" VALUES(1,'2026-03-02T08:00:00.000000Z','system','add','account','ef5d44de6b074970a984e245d9698dea','','ok','0000000000000000000000000000000000000000000000000000000000000000','9cd0aa4ecd845d67fbd446b004763518f7e6d66a447ad16006913a9d30309f6e');
INSERT INTO "audit" VALUES(2,'2026-03-02T08:00:00.000000Z','ef5d44de6b074970a984e245d9698dea','sign_in','session','','','ok','9cd0aa4ecd845d67fbd446b004763518f7e6d66a447ad16006913a9d30309f6e','c05998c1cb0129561557ad30d33196913c6bb7788a983b1b1eccfe9803541f34');
INSERT INTO "audit" VALUES(3,'2026-03-02T08:00:00.000000Z','ef5d44de6b074970a984e245d9698dea','change_password','account','ef5d44de6b074970a984e245d9698dea','','ok','c05998c1cb0129561557ad30d33196913c6bb7788a983b1b1eccfe9803541f34','1df16e23c3660c8cb0236fb4615f420994aa2f9f42234b2bc04d047a9d63da89');
INSERT INTO "audit" VALUES(4,'2026-03-02T08:00:00.000000Z','system','add','account','f4e55056b5a042bd91a7167388de2df7','','ok','1df16e23c3660c8cb0236fb4615f420994aa2f9f42234b2bc04d047a9d63da89','9765c063407aee11e66c4b88006e9e5e0585b40aa95950cdb079195e45ae7527');
INSERT INTO "audit" VALUES(5,'2026-03-02T08:00:00.000000Z','f4e55056b5a042bd91a7167388de2df7','sign_in','session','','','ok','9765c063407aee11e66c4b88006e9e5e0585b40aa95950cdb079195e45ae7527','b284b1358e713a1c32728cbe6d5f7569fe33f754a3ada174462c811cb928abfe');
INSERT INTO "audit" VALUES(6,'2026-03-02T08:00:00.000000Z','f4e55056b5a042bd91a7167388de2df7','change_password','account','f4e55056b5a042bd91a7167388de2df7','','ok','b284b1358e713a1c32728cbe6d5f7569fe33f754a3ada174462c811cb928abfe','d2af37a1c5eb4207f7b376babcde64e90f26b5d09eb1f4115add146b12b33105');
INSERT INTO "audit" VALUES(7,'2026-03-02T08:00:00.000000Z','ef5d44de6b074970a984e245d9698dea','add','patient','8c34253a60c048a39f79deafa7a387ac','8c34253a60c048a39f79deafa7a387ac','ok','d2af37a1c5eb4207f7b376babcde64e90f26b5d09eb1f4115add146b12b33105','efdf0e631faf5ea76430807c1f19b93ce1df067cfef21d39283639fbba410359');
INSERT INTO "audit" VALUES(8,'2026-03-02T08:00:00.000000Z','system','add','patient','797321039f504fa5a9376439d189e783','797321039f504fa5a9376439d189e783','ok','efdf0e631faf5ea76430807c1f19b93ce1df067cfef21d39283639fbba410359','efae04ad764ddec957bd8f85dc70d1cc4b92e0a42892bc770500eeebb5732dd6');
INSERT INTO "audit" VALUES(9,'2026-03-02T08:00:00.000000Z','ef5d44de6b074970a984e245d9698dea','share','care_team','f4e55056b5a042bd91a7167388de2df7','8c34253a60c048a39f79deafa7a387ac','ok','efae04ad764ddec957bd8f85dc70d1cc4b92e0a42892bc770500eeebb5732dd6','d0d250f4a53bd42cdda8ea340a7d1c1c87dfbba7a2e42419f40b1d8d885fea7e');
INSERT INTO "audit" VALUES(10,'2026-03-02T08:00:00.000000Z','ef5d44de6b074970a984e245d9698dea','add','conversation','655bc5c7235d4f59b2804f8b2a4e9674','8c34253a60c048a39f79deafa7a387ac','ok','d0d250f4a53bd42cdda8ea340a7d1c1c87dfbba7a2e42419f40b1d8d885fea7e','c1ff0dc292cd2bcda4ae83081965578fd315d20c563cf4d51bd60d5618feb716');
INSERT INTO "audit" VALUES(11,'2026-03-02T08:00:00.000000Z','ef5d44de6b074970a984e245d9698dea','ask','message','ac37c83ccccb4e96aaa420ef22ae6862','8c34253a60c048a39f79deafa7a387ac','ok','c1ff0dc292cd2bcda4ae83081965578fd315d20c563cf4d51bd60d5618feb716','917bdcf2291d482033fa60642bb0fcde69e6e242391362bec474a6cb8b8faeca');
INSERT INTO "audit" VALUES(12,'2026-03-02T08:00:00.000000Z','ef5d44de6b074970a984e245d9698dea','add','message','3191353deb0a45c0bfde5208b7e25524','8c34253a60c048a39f79deafa7a387ac','ok','917bdcf2291d482033fa60642bb0fcde69e6e242391362bec474a6cb8b8faeca','b5300e6db642959b543beb012f3b5685489b97b81ae5ee4505bc18a8433c822e');
INSERT INTO "audit" VALUES(13,'2026-03-02T08:00:00.000000Z','ef5d44de6b074970a984e245d9698dea','rate','message','3191353deb0a45c0bfde5208b7e25524','8c34253a60c048a39f79deafa7a387ac','ok','b5300e6db642959b543beb012f3b5685489b97b81ae5ee4505bc18a8433c822e','8c1e690d42b5d69d6fa420a6a2b2818d44ab661d2f50a03634d0dfb08bae2461');
INSERT INTO "audit" VALUES(14,'2026-03-02T08:00:00.000000Z','ef5d44de6b074970a984e245d9698dea','add','document','f6d90f65942043648c2331d0e4fd1f47','8c34253a60c048a39f79deafa7a387ac','ok','8c1e690d42b5d69d6fa420a6a2b2818d44ab661d2f50a03634d0dfb08bae2461','6813f749b7821ff6bc2c9f60ca223b393ffe5b2dfb5ec08883cab62fd479399b');
INSERT INTO "audit" VALUES(15,'2026-03-02T08:00:00.000000Z','ef5d44de6b074970a984e245d9698dea','sign','document','f6d90f65942043648c2331d0e4fd1f47','8c34253a60c048a39f79deafa7a387ac','ok','6813f749b7821ff6bc2c9f60ca223b393ffe5b2dfb5ec08883cab62fd479399b','d2b70cd19707339ce8d11b12983b49b42e9aa06aa3305e60e634966d708449be');
INSERT INTO "audit" VALUES(16,'2026-03-02T08:00:00.000000Z','ef5d44de6b074970a984e245d9698dea','edit','document','f6d90f65942043648c2331d0e4fd1f47','8c34253a60c048a39f79deafa7a387ac','ok','d2b70cd19707339ce8d11b12983b49b42e9aa06aa3305e60e634966d708449be','37048b5608a103cc328c6d2cfd457d24e40c3f4ee51c95a1f5778a51c8d68866');
CREATE TABLE care_team (
	patient_id VARCHAR(32) NOT NULL, 
	user_id VARCHAR(32) NOT NULL, 
	added_by VARCHAR(32) NOT NULL, 
	added_at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (patient_id, user_id), 
	FOREIGN KEY(patient_id) REFERENCES patients (id), 
	FOREIGN KEY(user_id) REFERENCES users (id)
);
INSERT INTO "care_team" VALUES('8c34253a60c048a39f79deafa7a387ac','ef5d44de6b074970a984e245d9698dea','ef5d44de6b074970a984e245d9698dea','2026-03-02T08:00:00.000000Z');
INSERT INTO "care_team" VALUES('8c34253a60c048a39f79deafa7a387ac','f4e55056b5a042bd91a7167388de2df7','ef5d44de6b074970a984e245d9698dea','2026-03-02T08:00:00.000000Z');
CREATE TABLE conversations (
	id VARCHAR(32) NOT NULL, 
	user_id VARCHAR(32) NOT NULL, 
	patient_id VARCHAR(32), 
	title TEXT NOT NULL, 
	language VARCHAR(8) NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	updated_at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(user_id) REFERENCES users (id), 
	FOREIGN KEY(patient_id) REFERENCES patients (id)
);
INSERT INTO "conversations" VALUES('655bc5c7235d4f59b2804f8b2a4e9674','ef5d44de6b074970a984e245d9698dea','8c34253a60c048a39f79deafa7a387ac','Plumtree and her antibiotic','en','2026-03-02T08:00:00.000000Z','2026-03-02T08:00:00.000000Z');
CREATE TABLE document_versions (
	document_id VARCHAR(32) NOT NULL, 
	number INTEGER NOT NULL, 
	text TEXT NOT NULL, 
	answer TEXT NOT NULL, 
	author_id VARCHAR(32) NOT NULL, 
	author_name TEXT NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	PRIMARY KEY (document_id, number), 
	FOREIGN KEY(document_id) REFERENCES documents (id), 
	FOREIGN KEY(author_id) REFERENCES users (id)
);
INSERT INTO "document_versions" VALUES('f6d90f65942043648c2331d0e4fd1f47',1,'Take it easy, Ottoline.','{"a": "剂量", "task": "handout"}','ef5d44de6b074970a984e245d9698dea','Ada','2026-03-02T08:00:00.000000Z','ea92f48414d16530dde640cd61ebde5678d3b735a78d2650a251d2795620d262');
INSERT INTO "document_versions" VALUES('f6d90f65942043648c2331d0e4fd1f47',2,'Take it very easy, Ottoline.','{"task": "handout"}','ef5d44de6b074970a984e245d9698dea','Ada','2026-03-02T08:00:00.000000Z','87ace0f1da1eb1075c68f07127eeb868d4e3bef0816977e1313fb9122779effd');
CREATE TABLE documents (
	id VARCHAR(32) NOT NULL, 
	patient_id VARCHAR(32) NOT NULL, 
	kind VARCHAR(32) NOT NULL, 
	title TEXT NOT NULL, 
	language VARCHAR(8) NOT NULL, 
	idempotency_key VARCHAR(64) NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT uq_documents_key UNIQUE (patient_id, idempotency_key), 
	FOREIGN KEY(patient_id) REFERENCES patients (id)
);
INSERT INTO "documents" VALUES('f6d90f65942043648c2331d0e4fd1f47','8c34253a60c048a39f79deafa7a387ac','handout','Going home, Ottoline','en','d1','2026-03-02T08:00:00.000000Z');
CREATE TABLE feedback (
	message_id VARCHAR(32) NOT NULL, 
	user_id VARCHAR(32) NOT NULL, 
	thumb INTEGER NOT NULL, 
	note TEXT NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (message_id, user_id), 
	FOREIGN KEY(message_id) REFERENCES messages (id), 
	FOREIGN KEY(user_id) REFERENCES users (id)
);
INSERT INTO "feedback" VALUES('3191353deb0a45c0bfde5208b7e25524','ef5d44de6b074970a984e245d9698dea',-1,'she has a rash, Ottoline says','2026-03-02T08:00:00.000000Z');
CREATE TABLE messages (
	id VARCHAR(32) NOT NULL, 
	conversation_id VARCHAR(32) NOT NULL, 
	position INTEGER NOT NULL, 
	role VARCHAR(16) NOT NULL, 
	text TEXT NOT NULL, 
	answer TEXT, 
	idempotency_key VARCHAR(64) NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT uq_messages_position UNIQUE (conversation_id, position), 
	CONSTRAINT uq_messages_key UNIQUE (conversation_id, idempotency_key), 
	FOREIGN KEY(conversation_id) REFERENCES conversations (id)
);
INSERT INTO "messages" VALUES('ac37c83ccccb4e96aaa420ef22ae6862','655bc5c7235d4f59b2804f8b2a4e9674',1,'user','What did Ottoline go home on?',NULL,'q1','2026-03-02T08:00:00.000000Z');
INSERT INTO "messages" VALUES('3191353deb0a45c0bfde5208b7e25524','655bc5c7235d4f59b2804f8b2a4e9674',2,'assistant','Amoxicillin [1]','{"text": "Amoxicillin [1]", "sections": []}','a1','2026-03-02T08:00:00.000000Z');
CREATE TABLE patients (
	id VARCHAR(32) NOT NULL, 
	source_kind VARCHAR(16) NOT NULL, 
	source BLOB NOT NULL, 
	filename TEXT NOT NULL, 
	source_sha256 VARCHAR(64) NOT NULL, 
	scope VARCHAR(48) NOT NULL, 
	ward_id VARCHAR(32), 
	name TEXT, 
	sex VARCHAR(16), 
	birth_date VARCHAR(32), 
	age_text TEXT, 
	mrn TEXT, 
	language VARCHAR(8) NOT NULL, 
	admitted VARCHAR(40), 
	discharged VARCHAR(40), 
	problem TEXT, 
	added_by VARCHAR(32) NOT NULL, 
	added_at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT uq_patients_source UNIQUE (source_sha256, scope), 
	FOREIGN KEY(ward_id) REFERENCES wards (id)
);
INSERT INTO "patients" VALUES('8c34253a60c048a39f79deafa7a387ac','chart',X'4F74746F6C696E6520506C756D747265652C204D524E2037373132303435352E20E882BAE7828E2E0D0A','plumtree.txt','c46603781863c8a115c52036098b90803a8a30813a3e33d7ccf4bab184b807e6','user:ef5d44de6b074970a984e245d9698dea',NULL,'Ottoline Plumtree','female','1957-04-02','69 y','77120455','en','2026-02-27','2026-03-01','pneumonia','ef5d44de6b074970a984e245d9698dea','2026-03-02T08:00:00.000000Z');
INSERT INTO "patients" VALUES('797321039f504fa5a9376439d189e783','bundle',X'7B227265736F7572636554797065223A2242756E646C65227D','b.json','397c79e6ce479194f75f390584db99271bf14440c24cb11200db8694f4e9f254','ward:demonstration','demonstration',NULL,NULL,NULL,NULL,NULL,'en',NULL,NULL,NULL,'system','2026-03-02T08:00:00.000000Z');
CREATE TABLE sessions (
	token_hash VARCHAR(64) NOT NULL, 
	user_id VARCHAR(32) NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	seen_at VARCHAR(27) NOT NULL, 
	ended_at VARCHAR(27), 
	PRIMARY KEY (token_hash), 
	FOREIGN KEY(user_id) REFERENCES users (id)
);
INSERT INTO "sessions" VALUES('ce52f4b660fd9a3898ee687baf7599359818ce644f1c1713716bcb334c568aa9','ef5d44de6b074970a984e245d9698dea','2026-03-02T08:00:00.000000Z','2026-03-02T08:00:00.000000Z','2026-03-02T08:00:00.000000Z');
INSERT INTO "sessions" VALUES('63bb9ff855f63b7227f2a0910a9514ef339fc6872719bc23c87048c271a5e0a4','ef5d44de6b074970a984e245d9698dea','2026-03-02T08:00:00.000000Z','2026-03-02T08:00:00.000000Z',NULL);
INSERT INTO "sessions" VALUES('24929ae0068e3941ae27881547bf215b8ab80cf5f39e1de581054abbbb43431b','f4e55056b5a042bd91a7167388de2df7','2026-03-02T08:00:00.000000Z','2026-03-02T08:00:00.000000Z','2026-03-02T08:00:00.000000Z');
INSERT INTO "sessions" VALUES('b66d144e8f33926bae8e6d380bb09282256d330025a0b08466d06d88eb8293f0','f4e55056b5a042bd91a7167388de2df7','2026-03-02T08:00:00.000000Z','2026-03-02T08:00:00.000000Z',NULL);
CREATE TABLE sign_in_tries (
	username_hash VARCHAR(64) NOT NULL, 
	tries INTEGER NOT NULL, 
	last_at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (username_hash)
);
CREATE TABLE signatures (
	document_id VARCHAR(32) NOT NULL, 
	number INTEGER NOT NULL, 
	user_id VARCHAR(32) NOT NULL, 
	user_name TEXT NOT NULL, 
	signed_at VARCHAR(27) NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	PRIMARY KEY (document_id, number), 
	FOREIGN KEY(document_id) REFERENCES documents (id), 
	FOREIGN KEY(user_id) REFERENCES users (id)
);
INSERT INTO "signatures" VALUES('f6d90f65942043648c2331d0e4fd1f47',1,'ef5d44de6b074970a984e245d9698dea','Ada','2026-03-02T08:00:00.000000Z','ea92f48414d16530dde640cd61ebde5678d3b735a78d2650a251d2795620d262');
CREATE TABLE users (
	id VARCHAR(32) NOT NULL, 
	username VARCHAR(64) NOT NULL, 
	name TEXT NOT NULL, 
	role VARCHAR(16) NOT NULL, 
	password_hash TEXT NOT NULL, 
	must_change BOOLEAN NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	disabled_at VARCHAR(27), 
	PRIMARY KEY (id), 
	UNIQUE (username)
);
INSERT INTO "users" VALUES('ef5d44de6b074970a984e245d9698dea','ada','Ada','clinician','$argon2id$v=19$m=8,t=1,p=1$1ykRI8om+VX9kmVCNM0T7Q$Pr7hQ7tuhuEvx5HCaCmgIwMQN7C9jlBXCxQnxUoqAyI',0,'2026-03-02T08:00:00.000000Z',NULL);
INSERT INTO "users" VALUES('f4e55056b5a042bd91a7167388de2df7','grace','Grace','nurse','$argon2id$v=19$m=8,t=1,p=1$BEayGBqSfDi4Jn/2E7XcFA$MMT13nsP8ttl5PyV8RZjrw+XbTXYolaCWCndgGrZjD0',0,'2026-03-02T08:00:00.000000Z',NULL);
CREATE TABLE ward_members (
	ward_id VARCHAR(32) NOT NULL, 
	user_id VARCHAR(32) NOT NULL, 
	PRIMARY KEY (ward_id, user_id), 
	FOREIGN KEY(ward_id) REFERENCES wards (id), 
	FOREIGN KEY(user_id) REFERENCES users (id)
);
INSERT INTO "ward_members" VALUES('demonstration','ef5d44de6b074970a984e245d9698dea');
INSERT INTO "ward_members" VALUES('demonstration','f4e55056b5a042bd91a7167388de2df7');
CREATE TABLE wards (
	id VARCHAR(32) NOT NULL, 
	name TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "wards" VALUES('demonstration','Demonstration ward');
CREATE INDEX ix_sessions_user_id ON sessions (user_id);
CREATE INDEX ix_conversations_user ON conversations (user_id, patient_id);
CREATE INDEX ix_documents_patient_id ON documents (patient_id);
CREATE TRIGGER document_versions_no_update BEFORE UPDATE ON document_versions BEGIN SELECT RAISE(ABORT, 'document_versions rows never change'); END;
CREATE TRIGGER signatures_no_update BEFORE UPDATE ON signatures BEGIN SELECT RAISE(ABORT, 'signatures rows never change'); END;
CREATE INDEX ix_audit_patient_id ON audit (patient_id);
CREATE INDEX ix_audit_user_id ON audit (user_id);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit rows never change'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit rows never change'); END;
COMMIT;
