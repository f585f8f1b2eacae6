import { Component, inject, REQUEST } from "@angular/core";

@Component({ selector: "app-root", template: "<h1>Hello from Angular to {{ name }}</h1>" })
export class App {
  // There is a request on the server alone.
  private readonly url = inject(REQUEST, { optional: true })?.url ?? location.href;
  protected readonly name = new URL(this.url).searchParams.get("name");
}
