#include "calendar.h"

#define MS_IN_DAY INT64_C(86400000)

static int64_t div_floor(int64_t number, int64_t by) {
    return number / by - (number % by < 0);
}

moment moment_of(int64_t unix_ms) {
    int64_t days = div_floor(unix_ms, MS_IN_DAY);
    int ms_of_day = (int)(unix_ms - days * MS_IN_DAY);
    // Counted from the first of March of the year 0, so that a leap day ends its year; 146,097 days are 400 years
    // (Howard Hinnant's `civil_from_days`).
    int64_t shifted = days + 719468;
    int64_t era = div_floor(shifted, 146097);
    int day_of_era = (int)(shifted - era * 146097);
    int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int month_from_march = (5 * day_of_year + 2) / 153;
    int month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    return (moment){
        .year = era * 400 + year_of_era + (month <= 2),
        .month = month,
        .day = day_of_year - (153 * month_from_march + 2) / 5 + 1,
        .hour = ms_of_day / 3600000,
        .minute = ms_of_day / 60000 % 60,
        .second = ms_of_day / 1000 % 60,
        .ms = ms_of_day % 1000,
    };
}
