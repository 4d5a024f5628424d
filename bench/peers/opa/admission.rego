# The rules that the broker asks of onboarding requests and intent forms, on the same facts (policies/facts.py).
# Each rule gives its code where it is broken; the broker besides tells field, fact and cure of every break.
package admission

import rego.v1

decision := {"malformed": malformed, "codes": codes}

default malformed := true

malformed := false if {
	[true, _] = json.match_schema(input.document, data.schemas[input.document.kind])
}

facts := input.facts

request if facts.subject == "onboarding_request"

form if facts.subject == "intent_form"

eligible := {"administrative", "public_institution", "subdistrict", "town"}

codes contains "UNIT_NOT_ELIGIBLE" if not facts.unit.registered == true
codes contains "UNIT_NOT_ELIGIBLE" if {
	facts.unit.registered
	not facts.unit.kind in eligible
}

codes contains "STATE_SECRET" if {
	request
	facts.grade.state_secret
}

codes contains "MLPS_GRADE_TOO_HIGH" if facts.grade.system_grade > facts.grade.platform_grade

codes contains "EXEMPT_NEEDS_DECISION" if {
	request
	is_string(facts.grade.exempt_category)
}

codes contains "ZONE_MISMATCH" if {
	some zone in facts.zones
	zone.public_addresses > 0
	not zone.allows_public_addresses
}

codes contains "ZONE_MISMATCH" if {
	some zone in facts.zones
	not zone.has_cloud
}

codes contains "ZONE_MISMATCH" if {
	some zone in facts.zones
	zone.unusual_zh != ""
}

codes contains "FLOW_NOT_APPROVED" if {
	some flow in facts.flows
	some end in [flow.source, flow.target]
	not end.exists
}

codes contains "FLOW_NOT_APPROVED" if {
	some flow in facts.flows
	flow.source.public
	flow.target.zone == "extranet"
}

codes contains "FORM_INCOMPLETE" if count(facts.gaps) > 0

codes contains "STEP_NOT_POSSIBLE" if {
	form
	count(facts.steps) > 0
}

codes contains "MLPS_NOT_ASSESSED" if {
	form
	not is_null(facts.protection)
	not assessed
}

assessed if {
	facts.protection.assessed_grade >= facts.protection.grade
	facts.protection.passed
	not run_out
}

run_out if {
	is_string(facts.protection.valid_until)
	is_string(facts.protection.day)
	facts.protection.valid_until < facts.protection.day
}

codes contains "NO_CONTRACT" if {
	request
	facts.provider.status != "unknown"
	is_null(facts.provider.contract)
}

codes contains "PROVIDER_NOT_ACTIVE" if {
	request
	facts.provider.status != "active"
}

codes contains "PROVIDER_REVIEW_EXPIRED" if {
	request
	some review in facts.reviews
	is_null(review.valid_until)
}

codes contains "PROVIDER_REVIEW_EXPIRED" if {
	request
	some review in facts.reviews
	is_string(review.valid_until)
	review.valid_until < review.day
}

codes contains "NOT_IN_CATALOGUE" if {
	some item in facts.items
	not item.name in item.offered
}

codes contains "NOT_IN_CATALOGUE" if {
	some item in facts.further_items
	not item.in_catalogue
	not item.feasible
}

codes contains "FINANCE_REVIEW_MISSING" if {
	some item in facts.further_items
	item.physical
	not reviewed_by_both(item)
}

reviewed_by_both(item) if {
	item.reviewed_by_office
	item.reviewed_by_finance
}

codes contains "QUOTA_EXCEEDED" if count(facts.shortfalls) > 0

codes contains "NOT_REASONABLE" if {
	form
	count(facts.use.months) >= facts.use.months_needed
	facts.use.cpu_p95_percent < facts.use.cpu_limit_percent
	facts.use.memory_p95_percent < facts.use.memory_limit_percent
}

codes contains "ELASTIC_OUT_OF_GRANT" if {
	form
	facts.grant.last_day < facts.grant.first_day
}

codes contains "ELASTIC_OUT_OF_GRANT" if {
	form
	facts.grant.last_day < facts.grant.filed_on
}

codes contains "ELASTIC_OUT_OF_GRANT" if {
	form
	facts.grant.count_ceiling < facts.grant.count_base
}

codes contains "ELASTIC_OUT_OF_GRANT" if {
	form
	facts.grant.bandwidth_ceiling_mbps < facts.grant.bandwidth_base_mbps
}

codes contains "OWN_CLOUD" if {
	request
	facts.building.kind == "departmental_cloud"
	not facts.building.basis
}

codes contains "OWN_EXCHANGE" if {
	request
	facts.building.kind == "exchange_system"
	not facts.building.basis
}
