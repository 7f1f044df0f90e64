#pragma once

#include "eventbus/bus/catalog.hpp"

#include "aws_api.hpp"

#include <string_view>

namespace eventbus::ingress {

// The bus and the rule that a request is about: the member EventBusName, and `name_member`.
BusRef bus_ref(const AwsCall& call);
RuleRef rule_ref(const AwsCall& call, std::string_view name_member);

}  // namespace eventbus::ingress
