"""The steps of signing in: password, then the code by SMS. Refusals look alike and cost alike."""

from dataclasses import dataclass

from okno.cabinet.identity.core.logins import canonical_login
from okno.cabinet.identity.models import User
from okno.cabinet.identity.selectors import Visitor, user_by_login
from okno.cabinet.identity.services.codes import Sent, Verdict, code_send, code_use_up, sms_reserve, try_count
from okno.cabinet.identity.services.passwords import password_verify
from okno.cabinet.identity.services.sessions import Device, complete_login, session_begin, session_end
from okno.cabinet.kit import rls
from okno.cabinet.kit.buckets import give_back, take
from okno.cabinet.kit.problems import Refusal, RefusalError
from okno.cabinet.kit.signals import signal_write


@dataclass(frozen=True)
class CodeAwaited:
    """The password was right: the pending token, and what the page tells about the code."""

    token: str
    phone_mask: str
    sent: Sent


def password_submit(*, login: str, password: str, device: Device, previous: Visitor | None) -> CodeAwaited:
    """First step. Raises RefusalError wrong-credentials (unknown login included) and ThrottledError.

    `previous` is the session of the browser's cookie: it ends, so nothing of it leaks into the new one.
    """
    name = canonical_login(login)
    take("signin-global", "all")
    take("signin-network", device.network)
    take("signin-address", device.address)
    take("signin-login", name)
    user = user_by_login(name)
    if not password_verify(user.password if user else None, password) or user is None:
        signal_write("authn_login_fail", user_id=user.id if user else None, detail={"step": "password"})
        raise RefusalError(Refusal.WRONG_CREDENTIALS)
    sms_reserve(user)
    if previous is not None:
        session_end(previous, reason="replaced")
    with rls.acting(user.id):
        session_id, token = session_begin(user.id, device)
        sent = code_send(user, session_id)
    assert sent is not None  # a new session has all its tries
    return CodeAwaited(token, user.phone_mask, sent)


def code_submit(visitor: Visitor, code: str, *, device: Device) -> str:
    """Second step: the new token of the open session.

    Raises RefusalError wrong-code (with `tries_left`; at 0 the sign-in is dead), code-expired, no-session, and
    ThrottledError.
    """
    take("code-network", device.network)
    counted = try_count(visitor)
    if counted.verdict is Verdict.EXPIRED:
        raise RefusalError(Refusal.CODE_EXPIRED)
    if counted.verdict is Verdict.SPENT:
        raise RefusalError(Refusal.NO_SESSION)
    take("code-user-day", str(visitor.user_id))
    with rls.acting(visitor.user_id):
        right = code_use_up(visitor, code)
        token = complete_login(visitor, method="password+sms") if right else None
    if token is not None:
        give_back("code-user-day", str(visitor.user_id))
        return token
    if right:
        raise RefusalError(Refusal.NO_SESSION)
    last = counted.tries_left == 0
    signal_write(
        "authn_login_fail_max" if last else "authn_login_fail",
        session_id=visitor.session_id,
        user_id=visitor.user_id,
        detail={"step": "code"},
    )
    if last:
        session_end(visitor, reason="tries")
    raise RefusalError(Refusal.WRONG_CODE, tries_left=counted.tries_left)


def code_resend(visitor: Visitor) -> Sent:
    """Another code to the same phone. Raises ThrottledError, RefusalError no-session when the tries are used up."""
    with rls.acting(visitor.user_id):
        user = User.objects.get(id=visitor.user_id)
    sms_reserve(user)
    with rls.acting(visitor.user_id):
        sent = code_send(user, visitor.session_id)
    if sent is None:
        raise RefusalError(Refusal.NO_SESSION)
    return sent
