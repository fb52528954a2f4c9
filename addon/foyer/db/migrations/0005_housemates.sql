-- Home Assistant says who of its users is an administrator and who was switched off; a role chosen by hand here wins.

ALTER TABLE user ADD COLUMN role_by_hand INTEGER NOT NULL DEFAULT 0;
ALTER TABLE user ADD COLUMN left_home_assistant INTEGER NOT NULL DEFAULT 0;
UPDATE user SET role_by_hand = 1 WHERE home_assistant_id IS NULL OR role <> 'user';
