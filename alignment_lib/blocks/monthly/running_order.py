"""The blocks of the monthly deep dive, by the name a notebook asks for them: one file per agenda topic."""

from alignment_lib.blocks.campaigns import campaigns
from alignment_lib.blocks.closing import checks, glossary, method, record
from alignment_lib.blocks.meeting import decisions
from alignment_lib.blocks.monthly.agreement_text import agreement_text
from alignment_lib.blocks.monthly.assets import assets
from alignment_lib.blocks.monthly.attribution_view import attribution_view
from alignment_lib.blocks.monthly.beliefs import beliefs
from alignment_lib.blocks.monthly.cac import cac
from alignment_lib.blocks.monthly.closed_loop import closed_loop
from alignment_lib.blocks.monthly.content_map import content_map
from alignment_lib.blocks.monthly.curves import curves
from alignment_lib.blocks.monthly.dispute import dispute
from alignment_lib.blocks.monthly.drivers import drivers
from alignment_lib.blocks.monthly.forest import forest
from alignment_lib.blocks.monthly.friction import friction
from alignment_lib.blocks.monthly.funnel import funnel
from alignment_lib.blocks.monthly.growth import growth
from alignment_lib.blocks.monthly.interviews import interviews
from alignment_lib.blocks.monthly.joint_goals import joint_goals
from alignment_lib.blocks.monthly.lead_definition import lead_definition
from alignment_lib.blocks.monthly.load import load
from alignment_lib.blocks.monthly.mistakes import mistakes
from alignment_lib.blocks.monthly.mix_rate import mix_rate
from alignment_lib.blocks.monthly.month_grid import month_grid
from alignment_lib.blocks.monthly.pay import pay
from alignment_lib.blocks.monthly.planner import planner
from alignment_lib.blocks.monthly.positioning import positioning
from alignment_lib.blocks.monthly.practices import practices
from alignment_lib.blocks.monthly.prospects import prospects
from alignment_lib.blocks.monthly.readership import readership
from alignment_lib.blocks.monthly.recap import recap
from alignment_lib.blocks.monthly.rep_funnel import rep_funnel
from alignment_lib.blocks.monthly.score_quality import score_quality
from alignment_lib.blocks.monthly.sensitivity import sensitivity
from alignment_lib.blocks.monthly.shadowing import shadowing
from alignment_lib.blocks.monthly.sla_month import sla_month
from alignment_lib.blocks.monthly.suggestions import suggestions
from alignment_lib.blocks.monthly.summary import summary
from alignment_lib.blocks.monthly.three_counts import three_counts
from alignment_lib.blocks.monthly.tools import tools
from alignment_lib.blocks.monthly.triangle import triangle
from alignment_lib.blocks.monthly.waterfall import waterfall
from alignment_lib.blocks.opening import head
from alignment_lib.blocks.scorecard import scorecard

__all__ = [
    "agreement_text",
    "assets",
    "attribution_view",
    "beliefs",
    "cac",
    "campaigns",
    "checks",
    "closed_loop",
    "content_map",
    "curves",
    "decisions",
    "dispute",
    "drivers",
    "forest",
    "friction",
    "funnel",
    "glossary",
    "growth",
    "head",
    "interviews",
    "joint_goals",
    "lead_definition",
    "load",
    "method",
    "mistakes",
    "mix_rate",
    "month_grid",
    "pay",
    "planner",
    "positioning",
    "practices",
    "prospects",
    "readership",
    "recap",
    "record",
    "rep_funnel",
    "score_quality",
    "scorecard",
    "sensitivity",
    "shadowing",
    "sla_month",
    "suggestions",
    "summary",
    "three_counts",
    "tools",
    "triangle",
    "waterfall",
]
