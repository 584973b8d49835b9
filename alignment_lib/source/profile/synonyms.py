"""Which headings mean which canonical column, and which names of files which table.

Words of HubSpot (human headings and warehouse names), Salesforce (API names, report headings, warehouse names with
_c), Zoho, Pipedrive, some German ones and generic ones, all as `key` writes them. What stands after the bar is weak
evidence, to be checked by hand.
"""

from __future__ import annotations

import re

_ACCOUNT = (
    "associatedcompanyid associatedcompanyids companyid accountid accountnameid organizationid convertedaccountid"
    " primaryassociatedcompanyid | account companyname associatedcompany accountname organization"
)
_REGION = (
    "region salesregion territory market regionaloffice countryregion country land | state stateregion mailingcountry"
)
_SEGMENT = "segment customersegment companysegment businesssegment companysize | product industry"
_CREATED = "createdate createddate createdtime createdat createdon created datecreated creationdate addtime"

_CURRENCY = (
    "currency currencycode currencyisocode currencyname dealcurrency dealcurrencycode opportunitycurrency"
    " amountcurrency transactioncurrencyid transactioncurrency accountcurrency währung devise moneda moeda valuta"
)

COLUMNS: dict[str, dict[str, str]] = {
    "leads": {
        "lead_id": "leadid mqlid recordid contactid personid prospectid vid id | uuid key number",
        "contact_id": "convertedcontactid contactid associatedcontactid",
        "created_at": f"{_CREATED} leadcreated leadcreateddate personcreated contactcreated becamealeaddate"
        " objectcreatedatetime firstcontactdate erstelltam erstellungsdatum erstelldatum | date timestamp",
        "source": "leadsource originalsource originalsourcetype originaltrafficsource analyticssource source origin"
        " sourcechannel channel leadorigin quelle leadquelle originalequelle utmsource"
        " | latestsource sourcelastutmsource",
        "campaign": "campaign campaignname leadcampaign primarycampaign latestcampaign utmcampaign kampagne"
        " firsttouchconvertingcampaign lasttouchconvertingcampaign"
        " | originalsourcedrilldown1 sourcelastutmcampaign landingpageid landingpage",
        "segment": _SEGMENT,
        "region": _REGION,
        "persona": "persona buyerpersona",
        "icp_tier": "icptier idealcustomerprofiletier targetaccounttier tier",
        "account_id": _ACCOUNT,
        "owner_id": "contactownerid leadownerid ownerid hubspotownerid contactowner leadowner owner recordowner"
        " leadownername contactownername assignedto salesrep | accountexecutive ansprechpartner",
        "score": "leadscore hubspotscore score | behavioralscore",
        "grade": "leadgrade grade",
        "sales_rating": "salesrating leadquality quality leadrating rating",
        "mql_at": "becameamarketingqualifiedleaddate lifecyclemqldate mqldate mqlat mqltime mqlon firstmqldate"
        " dateenteredmql mql marketingqualifieddate marketingqualifiedleaddate lifecyclestagemarketingqualifiedleaddate"
        " dateenteredmarketingqualifiedleadlifecyclestagepipeline",
        "assigned_at": "ownerassigneddate hubspotownerassigneddate assigneddate dateassigned assignedat assignedtime"
        " assignmentdate leadassigneddate assigned zugewiesenam",
        "accepted_at": "salesaccepteddate accepteddate acceptedat saldate salesacceptedleaddate accepted",
        "rejected_at": "salesrejecteddate rejecteddate rejectedat disqualifieddate unqualifieddate rejected",
        "reject_reason": "rejectionreason rejectreason disqualificationreason disqualifiedreason unqualifiedreason"
        " reasonforrejection",
        "sql_at": "becameasalesqualifiedleaddate lifecyclesqldate sqldate sqlat salesqualifieddate dateenteredsql"
        " salesqualifiedleaddate lifecyclestagesalesqualifiedleaddate",
        "opportunity_id": "convertedopportunityid associateddealid associateddealids opportunityid dealid",
    },
    "opportunities": {
        "opportunity_id": "opportunityid dealid recordid oppid potentialid id | uuid key number",
        "lead_id": "leadid associatedleadid mqlid associatedcontactid associatedcontactids primarycontactid contactid"
        " contactnameid personid contactname contactperson",
        "account_id": _ACCOUNT,
        "created_at": f"{_CREATED} dealcreated dealcreateddate opportunitycreateddate engagedate opendate erstelltam"
        " erstellungsdatum | startdate",
        "source": "leadsource originalsource originalsourcetype analyticssource dealsource source sourcechannel origin"
        " quelle campaignsource",
        "segment": _SEGMENT,
        "region": _REGION,
        "owner_id": "dealownerid opportunityownerid ownerid hubspotownerid dealowner opportunityowner owner"
        " dealownername opportunityownername salesagent salesrep salesrepid srid | assignedto user ansprechpartner",
        "amount": "amount dealamount opportunityamount dealvalue value closevalue totalamount amountincompanycurrency"
        " dealsize betrag | *totalamount acv arr expectedrevenue *amount revenue",
        "currency": _CURRENCY,
        "stage": "dealstage stagename stage dealstagename pipelinestage opportunitystage salesstage phase"
        " dealpipelinestageid stageid status",
        "expected_close_on": "expectedclosedate expectedclosingdate expectedcloseon estimatedclosedate closedate"
        " closingdate",
        "closed_at": "closeddate closedat closedon dealclosedon actualclosedate closedate closingdate closed"
        " closedtime wontime wondate abschlussdatum",
        "loss_reason": "closedlostreason lostreason lossreason dealloststreason reasonforloss reasonlost"
        " reasonforlosslossreason",
        "decision_driver": "decisiondriver closedwonreason wonreason winreason",
        "competitor": "maincompetitor competitor competitors primarycompetitor maincompetitors",
    },
    "stage_changes": {
        "opportunity_id": "opportunityid dealid dealrecordid",
        "stage": "stage dealstage stagename tostage newstage newvalue value",
        "entered_at": "dateentered enteredat stageentereddate entered changedat changeddate createddate"
        " | timestamp date",
    },
    "activities": {
        "activity_id": "activityid engagementid taskid callid eventid meetingid recordid id",
        "lead_id": "leadid associatedcontactid associatedcontactids whoid contactid personid prospectid contactnameid"
        " relatedtoid",
        "contact_id": "contactid whoid contactnameid",
        "opportunity_id": "associateddealid associateddealids opportunityid dealid whatid",
        "rep_id": "activityassignedtoid activityassignedto assignedtoid ownerid hubspotownerid callownerid callowner"
        " callownername taskowner assignedto assignedtouser assigned repid rep userid activityowner owner"
        " | hostid host",
        "kind": "activitytype engagementtype tasktype type kind | tasksubtype eventsubtype subtype",
        "direction": "direction activitydirection calldirection calltype emaildirection",
        "outcome": "callormeetingoutcome calloutcome callresult callstatus meetingoutcome outcome calldisposition"
        " result disposition status",
        "occurred_at": "activitydate occurredat callstarttime starttime startdatetime completeddatetime completeddate"
        " completedat completedon completedtime closedtime markedasdonetime donetime activitydatetime timestamp"
        f" calltime when datetime date | {_CREATED} duedate",
    },
    "touches": {
        "lead_id": "contactid leadid personid recordid leadorcontactid",
        "occurred_at": "touchdate occurredat touchpointdate firstrespondeddate date timestamp createddate",
        "source": "touchsource touchpointsource source channel",
        "campaign": "touchcampaign campaign campaignname campaignid",
    },
    "spend": {
        "spent_on": "date day spenton spenddate reportingstarts datum | month",
        "source": "source channel platform network sourcechannel publisher",
        "campaign": "campaign campaignname kampagne",
        "kind": "kind costtype",
        "team": "team",
        "amount": "spend cost amountspent costs adspend totalspend amountspenteur amountspentusd kosten amount",
        "currency": _CURRENCY,
    },
    "reps": {
        "rep_id": "userid ownerid repid employeeid id salesagent agent email name",
        "name": "fullname name username ownername salesagent agent repname",
        "email": "email emailaddress useremail owneremail",
        "team": "team primaryteam teamname hubspotteam department",
        "role": "role userrole jobtitle title rolename",
        "region": "region regionaloffice territory country",
        "manager_id": "managerid manager reportsto",
        "timezone": "timezone timezonesidkey",
        "started_on": "startedon hiredate hiredon startdate",
        "ended_on": "endedon enddate",
        "quota": "annualquota quota",
        "lead_capacity": "weeklyleadcapacity leadcapacity capacity",
    },
    "criteria": {"lead_id": "contactid leadid recordid", "criterion": "criterion", "met": "met"},
    "content": {"title": "title assettitle", "kind": "kind type", "stage": "stage salesstage",
                "persona": "persona buyerpersona"},
    "content_uses": {"opportunity_id": "opportunityid dealid", "rep_id": "repid usedby userid"},
    "content_requests": {"persona": "persona buyerpersona", "stage": "stage salesstage",
                         "asset_id": "assetid answeredwith"},
    "wins": {"opportunity_id": "opportunityid dealid"},
    "issues": {"what": "what whatisnotworking", "action": "action correctiveaction"},
    "feedback": {"lead_id": "leadid contactid"},
    "mail_events": {"rep_id": "repid recipientid userid"},
}  # fmt: skip
"""By table and column, the most telling first. A column that is not listed is known by its own name alone."""

TELLING: dict[str, str] = {
    "leads": "leadid leadsource lifecyclestage leadstatus leadscore hubspotscore becamealeaddate firstname lastname"
    " email company jobtitle isconverted converteddate leadowner contactowner originalsource mqldate mqlid mql"
    " contactname becameamarketingqualifiedleaddate convertedopportunityid accepted rejected",
    "opportunities": "dealstage stagename stage amount closedate closingdate probability dealname opportunityname"
    " pipeline forecastcategory opportunityid dealid dealowner lostreason closedlostreason expectedrevenue closevalue"
    " iswon isclosed isclosedwon dealvalue wontime closed",
    "activities": "calltype callduration subject whoid whatid activitytype engagementtype direction callstarttime"
    " calloutcome callresult duedate activitydate durationminutes engagementid activityid callid",
    "reps": "username profileid roleid manager managerid quota isactive userid userrole timezone repid",
    "spend": "impressions clicks spend cost adgroup amountspent ctr adset",
}
"""Headings that tell which table a file is when its name does not."""

FILES: tuple[tuple[str, str], ...] = (
    ("", r"propert|merge|audit|line item|pipeline stage|user role|price ?book|(deal|engagement) (contact|compan|deal)"),
    ("", r"contact (deal|compan)|email (event|campaign)|deal pipeline$|(account|contact|lead|user) history"),
    ("content_requests", r"content request"),
    ("content_uses", r"content us"),
    ("content", r"content|asset library"),
    ("product_updates", r"product update|release"),
    ("mail_events", r"mail event"),
    ("stage_changes", r"stage (history|change|transition)|(deal|opportunity) (stage|history|field history)"),
    ("touches", r"touch|campaign member|attribution"),
    ("spend", r"spend|\bcosts?\b|adwords|\bads?\b"),
    ("criteria", r"qualification|criteri|\bbant\b|meddic"),
    ("calendar", r"calendar"),
    ("leads", r"\bleads?\b|contacts?\b|prospect|\bmqls?\b|qualified|persons?\b|people|inquir"),
    ("reps", r"\busers?\b|\bowners?\b|\breps?\b|sales (team|agent|rep)|\bagents?\b|employee"),
    ("opportunities", r"deal|opportunit|\bopps?\b|potential|pipeline"),
    ("activities", r"activit|engagement|\bcalls?\b|\btasks?\b|\bevents?\b|meeting|\bemails?\b"),
    ("", r"account|compan|organi[sz]ation|products?\b|order|invoice|quote|\bcases?\b|ticket|campaigns?\b"),
)
"""Words in a file's name → its table; the first line that fits. An empty name: no table of ours."""


def key(heading: str) -> str:
    """A heading as the synonyms write it.

    >>> key("Became a Lead Date"), key("mql_date_c"), key("Call Duration (in seconds)"), key("property_hs_persona")
    ('becamealeaddate', 'mqldate', 'callduration', 'persona')
    """
    return _plain(re.sub(r"^(property_)?(hs_)?", "", heading.strip(), flags=re.IGNORECASE))


def keys(heading: str) -> tuple[str, ...]:
    """A heading's keys: as it is, and without the name of its object before a dash (Pipedrive's `Deal - Value`)."""
    _, dash, rest = heading.partition(" - ")
    return tuple(dict.fromkeys((key(heading), _plain(rest)) if dash and _plain(rest) else (key(heading),)))


def _plain(text: str) -> str:
    without = re.sub(r"\([^)]*\)\s*$|_+c$", "", text.strip(), flags=re.IGNORECASE) or text
    return "".join(c for c in without.casefold() if c.isalnum())


def table_named(file: str) -> str | None:
    """The table that a file's or table's name means; empty for one that is none of ours, None where it tells nothing.

    >>> table_named("hubspot-crm-exports-all-contacts.csv"), table_named("deal_property_history"), table_named("x")
    ('leads', '', None)
    """
    stem = re.sub(r"\.(csv|tsv|txt|parquet|jsonl?|ndjson|xlsx)$", "", file, flags=re.IGNORECASE)
    words = re.sub(r"([a-z])([A-Z])", r"\1 \2", stem)
    plain = " ".join(re.findall(r"[^\W\d_]+", words.lower()))
    return next((table for table, pattern in FILES if re.search(pattern, plain)), _by_own_name(plain))


def _by_own_name(plain: str) -> str | None:
    from alignment_lib.contract import CONTRACT

    return next((name for name in CONTRACT if plain == name.replace("_", " ")), None)
