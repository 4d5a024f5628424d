"""Access of a unit's software to its system's project: a user of its own there, and one application credential of it.

Keystone lets nobody make an application credential for somebody else, and one of the broker's own user would act as the
broker: it could list every project that the broker has a role in. So each credential gets a user of its own, with one
role in one project. The user's password is random, is used for the one request that makes the credential, and is kept
by nobody.
"""

import secrets
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from stacks.provider.cloud import Cloud
from stacks.provider.key import description_of, labels_in
from stacks.provider.neutron import CONFLICT, GONE, text_problems
from stacks.provider.resource_type import Created, Found, Inputs, Problem, Refused, ResourceType
from stacks.provider.scope import Login, Service
from stacks.provider.session import Item

ROLES: Final = ("member", "reader")
_PASSWORD_BYTES: Final = 32
_UNFINISHED: Final = "(not handed over)"
_STEP: Final = "create:ApplicationCredential"


class ApplicationCredential(ResourceType):
    """The user, whose name in the domain is the natural key, its role and its credential, made and removed as one.

    The secret goes to the hand-over at once and is never read again. Until then the user is marked as unfinished: one
    that a killed run left so is removed and made anew, a finished one that the state does not know is adopted. A higher
    `serial` replaces it, for a secret that was lost or seen; the old one ends first.
    """

    token = "govcloud:openstack:ApplicationCredential"  # noqa: S105 - a Pulumi type
    required = frozenset({"project_id", "domain", "name", "role", "serial", "enabled", "labels"})
    optional = frozenset({"expires_at"})
    replaces = frozenset({"project_id", "domain", "name", "role", "serial", "expires_at"})
    delete_before_replace = True

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def problems(self, inputs: Inputs) -> Sequence[Problem]:
        """A role beyond `member`, and names that Keystone would not take."""
        role = inputs["role"]
        beyond = isinstance(role, str) and role not in ROLES
        return [
            *text_problems(inputs, "domain", "name"),
            *([Problem("role", f"must be one of {', '.join(ROLES)}")] if beyond else []),
        ]

    async def create(self, key: str, inputs: Inputs) -> Created:
        """The credential; its secret is handed over before this comes back."""
        session, project_id = self._cloud.session, inputs["project_id"]
        password = secrets.token_urlsafe(_PASSWORD_BYTES)
        domain_id = await session.domain_id(inputs["domain"])
        user_id = await self._make_user(key, domain_id, inputs["name"], password)
        if user_id is None:
            if adopted := await self._adopt(key, domain_id, inputs):
                return Created(adopted)
            user_id = await self._make_user(key, domain_id, inputs["name"], password)
        if user_id is None:
            raise Refused(f"making the access {inputs['name']}: somebody else makes a user of this name; run it again")
        role_id = await session.named_id(Service.IDENTITY, "/roles", "roles", inputs["role"])
        await session.call(Service.IDENTITY, "PUT", f"/projects/{project_id}/users/{user_id}/roles/{role_id}")
        made = await self._credential(Login(user_id, password, project_id), role_id, inputs)
        await self._hand_over(inputs, made)
        await self._finish(user_id, key, inputs)
        return Created(f"{user_id}/{made['id']}")

    async def _make_user(self, key: str, domain_id: str, name: str, password: str) -> str | None:
        """The id of the new user; None when there is one of this name."""
        user = {
            "name": name,
            "domain_id": domain_id,
            "description": f"{key} {_UNFINISHED}",
            "password": password,
            # nobody has the password, so nobody can renew it: the credential is what ends
            "options": {"ignore_password_expiry": True, "ignore_change_password_upon_first_use": True},
        }
        answer = await self._cloud.session.call(
            Service.IDENTITY, "POST", "/users", {"user": user}, accept=(CONFLICT,), step=_STEP
        )
        return None if answer.status == CONFLICT else str(answer.body["user"]["id"])

    async def _adopt(self, key: str, domain_id: str, inputs: Inputs) -> str | None:
        """The id of what a run finished whose state was lost; None after one that was not finished was removed."""
        name = inputs["name"]
        path = f"/users?domain_id={domain_id}&name={quote(name, safe='')}"
        for user in (await self._cloud.session.call(Service.IDENTITY, "GET", path)).body["users"]:
            description = str(user.get("description") or "")
            known = any(id_.startswith(f"{user['id']}/") for id_ in self._cloud.session.operation.known_ids)
            if known or not description.startswith(key):
                raise Refused(
                    f"making the access {name}: the domain {inputs['domain']} has a user of this name that is not this "
                    "stack's; rename or remove it after looking at what uses it"
                )
            held = [] if _UNFINISHED in description else await self._credential_ids(user["id"])
            if held:
                id_ = f"{user['id']}/{held[0]}"
                self._cloud.index.adopt("ApplicationCredential", id_, key)
                await self._finish(user["id"], key, inputs)
                return id_
            await self._delete_user(user["id"])
        return None

    async def _credential_ids(self, user_id: str) -> list[str]:
        path = f"/users/{user_id}/application_credentials"
        answer = await self._cloud.session.call(Service.IDENTITY, "GET", path, accept=(GONE,))
        return [str(each["id"]) for each in answer.body.get("application_credentials", ())]

    async def _finish(self, user_id: str, key: str, inputs: Inputs) -> None:
        description = description_of(key, inputs["labels"])
        changes = {"enabled": inputs["enabled"], "description": description}
        await self._cloud.session.call(Service.IDENTITY, "PATCH", f"/users/{user_id}", {"user": changes})

    async def _credential(self, login: Login, role_id: str, inputs: Inputs) -> Item:
        wanted = {
            "name": inputs["name"],
            "roles": [{"id": role_id}],
            "unrestricted": False,
            **({"expires_at": inputs["expires_at"]} if inputs.get("expires_at") else {}),
        }
        path = f"/users/{login.user_id}/application_credentials"
        answer = await self._cloud.session.call(
            Service.IDENTITY, "POST", path, {"application_credential": wanted}, login=login, step=f"{_STEP}:secret"
        )
        made: Item = answer.body["application_credential"]
        return made

    async def _hand_over(self, inputs: Inputs, made: Item) -> None:
        session = self._cloud.session
        connection = await session.once("connection", lambda: session.run(session.operation.connect))
        fields = {
            "auth_url": str(connection.config.get_auth_args().get("auth_url", "")),
            "region": session.operation.target.region,
            "project_id": str(inputs["project_id"]),
            "role": str(inputs["role"]),
            "expires_at": str(inputs.get("expires_at") or ""),
            "application_credential_id": str(made["id"]),
            "application_credential_secret": str(made["secret"]),
        }

        def give() -> None:
            session.operation.fence()
            session.operation.hand_over(_what(inputs), fields)
            session.operation.reached(f"{_STEP}:handed-over")

        await session.run(give)

    async def read(self, id_: str, key: str, inputs: Inputs) -> Found | None:
        """The credential as Keystone shows it: without its secret."""
        user_id, _, credential_id = id_.partition("/")
        user = await self._shown(f"/users/{user_id}", "user")
        made = await self._shown(f"/users/{user_id}/application_credentials/{credential_id}", "application_credential")
        if user is None or made is None:
            return None
        shown: dict[str, Any] = {
            **inputs,
            "project_id": made["project_id"],
            "name": user["name"],
            "role": _role({role["name"] for role in made["roles"]}),
            "enabled": user["enabled"],
            "labels": labels_in(user.get("description"), key, inputs["labels"]),
        }
        expires_at = str(made["expires_at"] or "").partition(".")[0]
        if expires_at != str(inputs.get("expires_at") or "").removesuffix("Z"):
            shown["expires_at"] = f"{expires_at}Z" if expires_at else ""
        return Found(id_, shown)

    async def _shown(self, path: str, envelope: str) -> Item | None:
        answer = await self._cloud.session.call(Service.IDENTITY, "GET", path, accept=(GONE,))
        item: Item | None = answer.body.get(envelope)
        return item

    async def update(self, id_: str, key: str, old: Inputs, new: Inputs) -> Inputs:
        """Whether it may be used, and its labels."""
        del old
        await self._finish(id_.partition("/")[0], key, new)
        return {}

    async def delete(self, id_: str, inputs: Inputs) -> None:
        """Nothing; the user is gone, and with it role and credential."""
        await self._delete_user(id_.partition("/")[0])
        operation = self._cloud.session.operation
        await self._cloud.session.run(lambda: operation.hand_over(_what(inputs), {}))

    async def _delete_user(self, user_id: str) -> None:
        # Keystone would remove the credentials with their user, but leaves it to the database to remove their roles:
        # one without foreign keys keeps those, and gives them to the next credential of the same number
        path, step = f"/users/{user_id}", "delete:ApplicationCredential"
        for credential_id in await self._credential_ids(user_id):
            await self._cloud.session.call(
                Service.IDENTITY, "DELETE", f"{path}/application_credentials/{credential_id}", accept=(GONE,), step=step
            )
        await self._cloud.session.call(Service.IDENTITY, "DELETE", path, accept=(GONE,), step=step)


def _what(inputs: Inputs) -> str:
    return f"application credential {inputs['name']}"


def _role(names: set[str]) -> str:
    """The role that was asked for: Keystone shows those that it implies too."""
    return ", ".join(sorted(names - {"reader"} if "member" in names else names))
