// What the job may say of a model's settings, and where their numbers lie.
#pragma once

#include <string>

#include "engine/schema/declared.hpp"

namespace colony {

/// A real parameter's value, at most 2^62 quanta, in whole quanta, rounded to nearest. Throws UsageError, naming the parameter, where it is
/// not 0 and would become 0.
double whole_quanta(const std::string& parameter, double value, double quantum);

/// Settles by which category each setting is and where its numbers lie. Throws UsageError with every mistake of the job's tables of
/// numbers: a parameter that is no setting, a reader that takes one number for all, a category or value that is not there, one that is
/// missing or that nothing reads.
void settle_settings(const Declared& declared, std::vector<SettingSpec>& settings);

/// Throws UsageError or ModelError where a value of tick 0 can't be.
void check_setting_values(const Declared& declared);

}  // namespace colony
