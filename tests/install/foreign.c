/* Draws through the installed C header: must print "foreign_c: ok". */
#include <ulam/c.h>

#include <stdio.h>

int main(void) {
  ulam_error error;
  ulam_model* model = NULL;
  ulam_draws* draws = NULL;
  ulam_request request;
  ulam_default_request(&request);
  request.count = 16;
  if (ulam_open_model("ring", &model, &error) != ULAM_OK ||
      ulam_draw(model, &request, &draws, &error) != ULAM_OK) {
    printf("foreign_c: %s\n", error.sentence);
    return 1;
  }
  if (ulam_draws_count(draws) != 16 || ulam_draws_evaluations(draws) != 16 * 18) {
    printf("foreign_c: %lld samples\n", (long long)ulam_draws_count(draws));
    return 1;
  }
  printf("foreign_c: ok, ulam %s\n", ulam_version());
  ulam_free_draws(draws);
  ulam_free_model(model);
  return 0;
}
