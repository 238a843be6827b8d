"""The one list of words that are stored, counted and shown.

JSON Schemas, CHECK constraints and docs are generated from or tested against these enums, so a
word added here is added everywhere. Values are API: never renamed, only added.
"""

from enum import StrEnum


class Channel(StrEnum):
    """How a person is reached, plus the actions on a debt that packs rule on as well."""

    SMS = "sms"
    CALL = "call"
    VOICEMAIL = "voicemail"
    PUSH = "push"
    EMAIL = "email"
    WHATSAPP = "whatsapp"
    PRIVATE_MESSAGE = "private_message"
    LETTER = "letter"
    VISIT = "visit"
    # Actions that are no message to the borrower, but that packs allow or forbid.
    AGENCY_HANDOFF = "agency_handoff"
    CREDIT_BUREAU = "credit_bureau"
    SOCIAL_PUBLIC = "social_public"
    RECORDS = "records"


class Purpose(StrEnum):
    """Why the action is taken; the lawful scope of almost every rule depends on it."""

    SERVICING_REMINDER = "servicing_reminder"
    COLLECTION = "collection"
    LEGAL_NOTICE = "legal_notice"
    LOCATION_INFO = "location_info"
    CONSENT_REQUEST = "consent_request"
    REPLY_TO_DEBTOR = "reply_to_debtor"
    STATUTORY_NOTICE = "statutory_notice"
    OPT_OUT_CONFIRMATION = "opt_out_confirmation"
    REMEDY_NOTICE = "remedy_notice"
    CREDIT_REPORT = "credit_report"
    RELAY_REQUEST = "relay_request"
    MARKETING = "marketing"
    ASSIGN = "assign"
    PURGE = "purge"


class Outcome(StrEnum):
    """What an attempt came to, as frequency rules count it.

    `pending` covers reserved, in flight and unknown: it matches every selector until settled.
    `released` was never handed to a provider; it counts for nothing.
    """

    PENDING = "pending"
    RELEASED = "released"
    NOT_CONNECTED = "not_connected"
    NO_ANSWER = "no_answer"
    VOICEMAIL_LCM = "voicemail_lcm"
    VOICEMAIL_OTHER = "voicemail_other"
    RINGLESS_VOICEMAIL = "ringless_voicemail"
    CONVERSATION = "conversation"
    INBOUND_CONVERSATION = "inbound_conversation"
    INBOUND_MESSAGE = "inbound_message"
    WRONG_PARTY = "wrong_party"
    THIRD_PARTY_SPOKEN = "third_party_spoken"
    ABANDONED = "abandoned"
    NOTICE_CONNECTED = "notice_connected"
    PRERECORDED_PLAYED = "prerecorded_played"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    READ = "read"


class DeliveryState(StrEnum):
    """What the provider says of a contact; `outreach.domain.contacts` ranks the merge."""

    RESERVED = "reserved"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELED = "canceled"
    READ = "read"
    RELEASED = "released"


class ErrorClass(StrEnum):
    """Why a provider refused or lost a contact; decides retry, scope and what counts."""

    OPT_OUT = "opt_out"
    INVALID_ADDRESS = "invalid_address"
    UNREACHABLE_RETRY = "unreachable_retry"
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"
    EXPIRED = "expired"
    REPUTATION = "reputation"
    SENDER_CONFIG = "sender_config"
    ACCOUNT = "account"
    REQUEST_BUG = "request_bug"
    QUIET_HOURS = "quiet_hours"
    UNKNOWN = "unknown"


class Disposition(StrEnum):
    """A person's judgment of what happened; never derived from a delivery state."""

    RPC_PROMISE = "rpc_promise"
    RPC_REFUSED = "rpc_refused"
    RPC_DISPUTE = "rpc_dispute"
    WRONG_NUMBER = "wrong_number"
    LEFT_MESSAGE = "left_message"
    NO_CONTACT = "no_contact"
    # What the borrower answered when asked how a case of theirs went: 1 badly, 5 very well.
    RATED_1 = "rated_1"
    RATED_2 = "rated_2"
    RATED_3 = "rated_3"
    RATED_4 = "rated_4"
    RATED_5 = "rated_5"


class CallAnswer(StrEnum):
    """What somebody answered in a call of ours, by a key or in words."""

    RIGHT_PARTY = "right_party"
    WRONG_PARTY = "wrong_party"
    """Nobody of that name is reached there."""
    SOMEBODY_ELSE = "somebody_else"
    """Another person picked up; the number may be right."""
    PROMISE = "promise"
    """They want to promise; on which day is asked next."""
    DAY = "day"
    PROMISED = "promised"
    """They confirmed the day."""
    LINK = "link"
    PERSON = "person"
    REFUSED = "refused"
    OPT_OUT = "opt_out"
    UNCLEAR = "unclear"
    SILENCE = "silence"


class DialMode(StrEnum):
    """How a call is placed; consent rules bite on the automatic ones."""

    MANUAL = "manual"
    PREDICTIVE = "predictive"
    ATDS = "atds"
    PRERECORDED = "prerecorded"
    AI_VOICE = "ai_voice"


class Stage(StrEnum):
    """Where a treatment stands for a loan."""

    PRE_DUE = "pre_due"
    DUE = "due"
    GRACE = "grace"
    EARLY = "early"
    MID = "mid"
    LATE = "late"
    PRE_LEGAL = "pre_legal"
    LEGAL = "legal"
    CLOSED = "closed"


class LenderRole(StrEnum):
    """What the contacting entity is to the debt; laws differ, so packs are chosen by it."""

    FIRST_PARTY = "first_party"
    THIRD_PARTY = "third_party"
    DEBT_BUYER = "debt_buyer"
    CREDITOR_USING_OTHER_NAME = "creditor_using_other_name"
    AGENT_OF_BANK = "agent_of_bank"
    PLATFORM = "platform"


class RecipientRole(StrEnum):
    """Who is contacted, to the debt: whom the law lets us speak to depends on it."""

    DEBTOR = "debtor"
    SPOUSE = "spouse"
    GUARANTOR = "guarantor"
    JOINT_OBLIGOR = "joint_obligor"
    CO_DEBTOR = "co_debtor"
    CO_MAKER = "co_maker"
    PARENT = "parent"
    GUARDIAN = "guardian"
    EXECUTOR = "executor"
    ADMINISTRATOR = "administrator"
    PERSONAL_REPRESENTATIVE = "personal_representative"
    HEIR = "heir"
    ATTORNEY = "attorney"
    DEBT_ADVISER = "debt_adviser"
    CREDITOR = "creditor"
    CREDITOR_ATTORNEY = "creditor_attorney"
    COLLECTOR_ATTORNEY = "collector_attorney"
    CREDIT_BUREAU = "credit_bureau"
    CONTACT_PERSON = "contact_person"
    REFEREE = "referee"
    RELATIVE = "relative"
    HOUSEHOLD_MEMBER = "household_member"
    COLLEAGUE = "colleague"
    EMPLOYER = "employer"
    SCHOOL = "school"
    VOLUNTEER_PAYER = "volunteer_payer"
    UNKNOWN = "unknown"


class HoldKind(StrEnum):
    """Why outreach is paused; each is lifted only by its own case."""

    DISPUTE = "dispute"
    HARDSHIP = "hardship"
    DECEASED = "deceased"
    BANKRUPTCY = "bankruptcy"
    ATTORNEY = "attorney"
    CEASE = "cease"
    MORATORIUM = "moratorium"
    COMPLAINT = "complaint"
    REVIEW = "review"
    OPERATOR = "operator"
    MINOR = "minor"
    MILITARY = "military"
    BREATHING_SPACE_STANDARD = "breathing_space_standard"
    BREATHING_SPACE_MENTAL_HEALTH = "breathing_space_mental_health"
    DEBT_ADVICE = "debt_advice"
    ADJUSTMENT_REQUEST = "adjustment_request"
    LIFE_EVENT = "life_event"
    BEREAVEMENT = "bereavement"
    INSTALMENT_PLAN = "instalment_plan"


class PreferenceKind(StrEnum):
    """What a person said of being contacted: not so, only so, or that it was agreed."""

    AGAINST = "against"
    ONLY = "only"
    AGREED = "agreed"


class ContactPolicy(StrEnum):
    """What a hold still lets through."""

    PAUSE_COLLECTION = "pause_collection"
    STOP_COLLECTION_KEEP_LEGAL_NOTICES = "stop_collection_keep_legal_notices"
    STOP_ALL = "stop_all"
    ATTORNEY_ONLY = "attorney_only"
    HUMAN_ONLY = "human_only"


class EndpointStatus(StrEnum):
    """Whether an address may be used at all; only `active` may."""

    ACTIVE = "active"
    UNVERIFIED = "unverified"
    INVALID = "invalid"
    REASSIGNED = "reassigned"
    WRONG_PARTY = "wrong_party"
    REMOVED = "removed"


class LoanStatus(StrEnum):
    """The platform's word on the loan; everything but active and restructured ends outreach."""

    ACTIVE = "active"
    RESTRUCTURED = "restructured"
    CHARGED_OFF = "charged_off"
    CLOSED = "closed"
    WRITTEN_OFF = "written_off"
    SOLD = "sold"


class CaseKind(StrEnum):
    """One episode of one loan: before the due date, or delinquent."""

    PRE_DUE = "pre_due"
    DELINQUENCY = "delinquency"


class CaseEnd(StrEnum):
    """Why an episode ended."""

    PAID = "paid"
    CURED = "cured"
    ROLLED = "rolled"
    CLOSED = "closed"
    SOLD = "sold"
    RESCHEDULED = "rescheduled"


class PromiseStatus(StrEnum):
    """Promise to pay: open until its date passes in the lender's calendar."""

    OPEN = "open"
    KEPT = "kept"
    PARTLY_KEPT = "partly_kept"
    BROKEN = "broken"
    CANCELED = "canceled"


class EventKind(StrEnum):
    """Kinds of rows in the append-only contact log."""

    DECIDED = "decided"
    DEFERRED = "deferred"
    BLOCKED = "blocked"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    RELEASED = "released"
    RECEIPT = "receipt"
    RECONCILED = "reconciled"
    RECORDED = "recorded"
    INBOUND = "inbound"
    CANCELED = "canceled"
    # An operator's word on a person: a hold, a release, a preference.
    OPERATOR = "operator"
    # A step that people took: of a case for court, a visit, a placement with an agency.
    HAND_OFF = "hand_off"
    # A loan moved to another risk tier; with every point that it comes from.
    RISK = "risk"


class ReplyKind(StrEnum):
    """What a text that somebody sent back asks for.

    `unclear` waits for a person, and the channel with it; `other` is understood, and asks nothing
    of whether we may write.
    """

    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    HELP = "help"
    OTHER = "other"
    UNCLEAR = "unclear"


class ReplyMedium(StrEnum):
    """How somebody's own words reached us."""

    SMS = "sms"
    EMAIL = "email"
    VOICE_TRANSCRIPT = "voice_transcript"
    AGENT_NOTE = "agent_note"


class OptOutScope(StrEnum):
    """How much a request to stop is about, from one address to everything."""

    TOPIC = "topic"
    ENDPOINT = "endpoint"
    MEDIUM = "medium"
    ALL = "all"


class Heard(StrEnum):
    """What else is in somebody's words that people or rules must act on."""

    CEASE = "cease"
    REFUSAL = "refusal"
    DISPUTE = "dispute"
    ATTORNEY = "attorney"
    BANKRUPTCY = "bankruptcy"
    DECEASED = "deceased"
    WRONG_PARTY = "wrong_party"
    THIRD_PARTY = "third_party"
    COMPLAINT = "complaint"
    HARDSHIP = "hardship"
    TIME = "time"
    PLACE = "place"
    MEDIUM = "medium"
    FREQUENCY = "frequency"
    QUESTION = "question"
    PROMISE = "promise"
    PAID = "paid"
    LANGUAGE = "language"
    PAYOFF = "payoff"


class Intent(StrEnum):
    """What somebody wants who answers a message; one answer may want several things."""

    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    PROMISE = "promise"
    PAID = "paid"
    DISPUTE = "dispute"
    HARDSHIP = "hardship"
    COMPLAINT = "complaint"
    WRONG_NUMBER = "wrong_number"
    HELP = "help"
    """Asks something, or for whom to ask."""
    LANGUAGE = "language"
    PAYOFF = "payoff"


class TaskKind(StrEnum):
    """Work that only a person at the lender can do."""

    REPLY_REVIEW = "reply_review"
    """A reply that wasn't understood, or a request to stop that is doubtful."""
    CONFIRM_DEATH = "confirm_death"
    HARDSHIP = "hardship"
    DISPUTE = "dispute"
    COMPLAINT = "complaint"
    PAYMENT_LINK = "payment_link"
    """Somebody wants the way to pay sent to them."""
    CALLBACK = "callback"
    ALREADY_PAID_CHECK = "already_paid_check"
    """Somebody says that they have paid; no payment is on record."""
    WRONG_NUMBER = "wrong_number"
    """An address reaches somebody else; another one is to be found."""
    PAYOFF_QUOTE = "payoff_quote"
    """Somebody wants to pay all of it back early."""
    STATEMENT = "statement"
    """Somebody wants a statement of their loan."""
    LETTER_APPROVAL = "letter_approval"
    FIELD_VISIT = "field_visit"
    REFERRAL = "referral"
    AGENCY_PLACEMENT = "agency_placement"
    """A debt goes to an agency: somebody gives it what was written, and follows it up."""


class TaskState(StrEnum):
    """Where a task stands; a closed one is never opened again."""

    OPEN = "open"
    TAKEN = "taken"
    DONE = "done"
    CANCELED = "canceled"


class SignalClass(StrEnum):
    """How a signal folds into state."""

    SNAPSHOT = "snapshot"
    FACT = "fact"
    PROTECTIVE = "protective"


class Effect(StrEnum):
    """What folding a signal did, as `person_events` keeps it."""

    APPLIED = "applied"
    STALE = "stale"
    DUPLICATE = "duplicate"
    RECORDED = "recorded"
