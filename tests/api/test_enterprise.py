"""The enterprise over the API; a key never makes a stronger key."""


def test_a_key_knows_its_enterprise(till):
    said = till.get("enterprise").said
    assert (said["slug"], said["currency"], said["clock"]) == ("shanhang", "CNY", "2026-11-20T09:00:00Z")


def test_stores_are_listed_and_a_code_told_again_changes_the_name(till):
    first = till.post("stores", {"name": "Lake", "code": "xihu"})
    stores = {each["code"]: each["name"] for each in till.get("stores").said["items"]}
    assert (first.status_code, stores["xihu"]) == (201, "Lake")


def test_staff_are_for_those_who_manage_them(till, machine, chen):
    assert "Mei Fang" in [each["name"] for each in till.get("staff").said["items"]]
    assert machine(chen, ["customers.read"]).get("staff").status_code == 403


def test_a_new_key_works_until_it_is_revoked(till, machine):
    made = till.post("api-keys", {"name": "till 2", "scopes": ["orders.read"]}).said
    first, till.key = till.key, made["secret"]
    assert till.get("orders").status_code == 200
    till.key = first
    assert till.post(f"api-keys/{made['id']}/revoke").status_code == 204
    till.key = made["secret"]
    assert till.get("orders").status_code == 401


def test_a_key_makes_no_key_that_is_stronger_than_itself(machine, chen, till):
    maker = machine(chen, ["sources.manage"])
    refused = maker.post("api-keys", {"name": "all", "scopes": ["sources.manage", "customers.erase"]})
    assert (refused.status_code, refused.said["code"]) == (403, "core.not_allowed")
    assert "all" not in [each["name"] for each in till.get("api-keys").said["items"]]


def test_a_key_of_another_enterprise_is_not_revoked(till, machine, bea):
    made = till.post("api-keys", {"name": "till 2", "scopes": ["orders.read"]}).said
    assert machine(bea).post(f"api-keys/{made['id']}/revoke").status_code == 404
    till.key = made["secret"]
    assert till.get("orders").status_code == 200
