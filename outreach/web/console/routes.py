"""Every page of the console and who may open it; nothing is served that isn't listed here."""

from aiohttp import hdrs, web

from outreach.runtime import Runtime
from outreach.web.console.access import Access, Page
from outreach.web.console.approvals_page import ApprovalsPages
from outreach.web.console.audit_page import AuditPages
from outreach.web.console.cases_page import CasesPages
from outreach.web.console.exports_page import ExportsPages
from outreach.web.console.findings_page import FindingsPages
from outreach.web.console.hand_offs_page import HandOffsPages
from outreach.web.console.help_page import HelpPages
from outreach.web.console.loans_page import LoansPages
from outreach.web.console.log_page import LogPages
from outreach.web.console.menu_page import MenuPages
from outreach.web.console.oidc_page import OidcPages
from outreach.web.console.opt_outs_page import OptOutsPages
from outreach.web.console.page import Renderer
from outreach.web.console.people_actions import PeopleActions
from outreach.web.console.people_page import PeoplePages
from outreach.web.console.providers_page import ProvidersPages
from outreach.web.console.replies_page import RepliesPages
from outreach.web.console.reports_page import ReportsPages
from outreach.web.console.rules_page import RulesPages
from outreach.web.console.samples_page import SamplesPages
from outreach.web.console.search_page import SearchPages
from outreach.web.console.settings_page import SettingsPages
from outreach.web.console.signals_discrepancies_page import DiscrepanciesPages
from outreach.web.console.signals_page import SignalsPages
from outreach.web.console.signals_replay_page import ReplayPages
from outreach.web.console.simulate_page import SimulatePages
from outreach.web.console.stops_page import StopsPages
from outreach.web.console.story_page import StoryPages
from outreach.web.console.tasks_page import TasksPages
from outreach.web.console.team_page import TeamPages
from outreach.web.console.templates_draft_page import TemplateDraftPages
from outreach.web.console.templates_files_page import TemplateFilesPages
from outreach.web.console.templates_page import TemplatesPages
from outreach.web.console.templates_steps_page import TemplateStepsPages
from outreach.web.console.templates_testing_page import TemplateTestingPages
from outreach.web.console.templates_version_page import TemplateVersionPages
from outreach.web.console.today_page import TodayPages
from outreach.web.console.treatment_draft_page import TreatmentDraftPages
from outreach.web.console.treatments_page import TreatmentsPages


def pages(runtime: Runtime, renderer: Renderer) -> list[Page]:
    """Return every page that needs a session, with its roles."""
    parts = (
        TodayPages,
        ProvidersPages,
        ReplayPages,
        SignalsPages,
        DiscrepanciesPages,
        MenuPages,
        LogPages,
        StoryPages,
        SamplesPages,
        FindingsPages,
        ExportsPages,
        TasksPages,
        StopsPages,
        TemplateFilesPages,
        TemplatesPages,
        TemplateDraftPages,
        TemplateStepsPages,
        TemplateVersionPages,
        TemplateTestingPages,
        TreatmentsPages,
        PeoplePages,
        PeopleActions,
        LoansPages,
        SearchPages,
        RulesPages,
        RepliesPages,
        AuditPages,
        HelpPages,
        SettingsPages,
        TeamPages,
        SimulatePages,
        CasesPages,
        OptOutsPages,
        ApprovalsPages,
        HandOffsPages,
        ReportsPages,
        TreatmentDraftPages,
    )
    return [page for part in parts for page in part(runtime, renderer).pages()]


def routes(runtime: Runtime) -> list[web.RouteDef]:
    """Return the console's routes, each behind its check."""
    renderer = Renderer(runtime.settings.templates_dir / "console")
    access = Access(runtime, renderer)
    served = pages(runtime, renderer)
    renderer.serves({page.path: page.roles for page in served if page.method == hdrs.METH_GET})
    return [
        *renderer.static_routes(),
        *access.routes(),
        *OidcPages(runtime, access).routes(),
        *(access.route(page) for page in served),
    ]
