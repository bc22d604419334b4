"""Full re-authentication of who is signed in, before what changes how his money is taken (ASVS 7.5.1).

Password, then a code by SMS, as at signing in and out of the same budgets; the code is of this session and of this
purpose alone. Signing in is no such proof: whoever finds a cabinet open has not signed in.
"""

from dataclasses import dataclass

from okno.cabinet.identity.models import User
from okno.cabinet.identity.selectors import PROOF, Visitor
from okno.cabinet.identity.services.codes import Sent, Verdict, code_send, code_use_up, sms_reserve, try_count
from okno.cabinet.identity.services.passwords import password_verify
from okno.cabinet.identity.services.sessions import PENDING, Device, session_end, token_new
from okno.cabinet.kit import rls
from okno.cabinet.kit.audit import audit_write
from okno.cabinet.kit.buckets import give_back, take
from okno.cabinet.kit.problems import Refusal, RefusalError
from okno.cabinet.kit.signals import signal_write
from okno.cabinet.kit.statements import rows

BEGUN = """
    SELECT 1 FROM identity_challenge
     WHERE session_id = %s AND purpose = %s AND used_at IS NULL AND sent_at > clock_timestamp() - %s
"""
PROVED = """
    UPDATE identity_session SET token_hash = %s, proved_at = clock_timestamp()
     WHERE token_hash = %s AND ended_at IS NULL RETURNING id
"""


@dataclass(frozen=True)
class ProofAwaited:
    """The password was right: what the page tells about the code."""

    phone_mask: str
    sent: Sent


def proof_begin(visitor: Visitor, password: str, *, device: Device) -> ProofAwaited:
    """First step. Raises RefusalError wrong-password, no-session (no try of the code is left), ThrottledError."""
    user = _person(visitor)
    take("signin-global", "all")
    take("signin-network", device.network)
    take("signin-address", device.address)
    take("signin-login", user.login)
    if not password_verify(user.password, password):
        _failed(visitor, "proof-password")
        raise RefusalError(Refusal.WRONG_PASSWORD)
    return ProofAwaited(user.phone_mask, _send(visitor, user))


def proof_resend(visitor: Visitor) -> Sent:
    """Another code. Raises RefusalError wrong-step where no password was given before, no-session; ThrottledError."""
    with rls.acting(visitor.user_id):
        begun = rows(BEGUN, [visitor.session_id, PROOF, PENDING])
    if not begun:
        raise RefusalError(Refusal.WRONG_STEP)
    return _send(visitor, _person(visitor))


def proof_finish(visitor: Visitor, code: str, *, device: Device) -> str:
    """Second step: the session is proved for some minutes. Returns its new token: the old one is dead (ASVS 7.2.4).

    Raises RefusalError wrong-code (with `tries_left`; at 0 the session is dead), code-expired, wrong-step where no code
    is awaited, no-session where it ended meanwhile; ThrottledError.
    """
    take("code-network", device.network)
    counted = try_count(visitor, PROOF)
    if counted.verdict is Verdict.EXPIRED:
        raise RefusalError(Refusal.CODE_EXPIRED)
    if counted.verdict is Verdict.SPENT:
        raise RefusalError(Refusal.WRONG_STEP)
    take("code-user-day", str(visitor.user_id))
    with rls.acting(visitor.user_id):
        right = code_use_up(visitor, code, PROOF)
        token, token_hash = token_new()
        lives = right and bool(rows(PROVED, [token_hash, visitor.token_hash]))
        if lives:
            # `live` is not told: it looks at the old token before its next push, when the browser has the new one.
            audit_write(
                actor=f"user:{visitor.user_id}",
                action="session.prove",
                subject=f"session:{visitor.session_id}",
                detail={"method": "password+sms"},
            )
    if lives:
        give_back("code-user-day", str(visitor.user_id))
        return token
    if right:
        raise RefusalError(Refusal.NO_SESSION)
    _failed(visitor, "proof-code", is_last=counted.tries_left == 0)
    if counted.tries_left == 0:
        session_end(visitor, reason="tries")
    raise RefusalError(Refusal.WRONG_CODE, tries_left=counted.tries_left)


def _person(visitor: Visitor) -> User:
    with rls.acting(visitor.user_id):
        return User.objects.get(id=visitor.user_id)


def _send(visitor: Visitor, user: User) -> Sent:
    sms_reserve(user)
    with rls.acting(visitor.user_id):
        sent = code_send(user, visitor.session_id, PROOF)
    if sent is None:
        raise RefusalError(Refusal.NO_SESSION)
    return sent


def _failed(visitor: Visitor, step: str, *, is_last: bool = False) -> None:
    signal_write(
        "authn_login_fail_max" if is_last else "authn_login_fail",
        session_id=visitor.session_id,
        user_id=visitor.user_id,
        detail={"step": step},
    )
