#pragma once
// Factories of the network kinds, for the catalogue.
#include <memory>
#include <string>

#include "ulam/model/network.h"

namespace ulam::networks_detail {

std::unique_ptr<Network> make_unet(const nlohmann::json& config, const std::string& place);
std::unique_ptr<Network> make_mlp(const nlohmann::json& config, const std::string& place);
std::unique_ptr<Network> make_classifier(const nlohmann::json& config, const std::string& place);
std::unique_ptr<Network> make_cifar_resnet(const nlohmann::json& config, const std::string& place);
std::unique_ptr<Network> make_csdi(const nlohmann::json& config, const std::string& place);
std::unique_ptr<Network> make_plain_cnn(const nlohmann::json& config, const std::string& place);
std::unique_ptr<Network> make_series(const nlohmann::json& config, const std::string& place);

}  // namespace ulam::networks_detail
