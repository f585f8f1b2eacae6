import { Component, provideZonelessChangeDetection } from "@angular/core";
import { bootstrapApplication } from "@angular/platform-browser";

@Component({ selector: "app-root", template: "<h1>Hello from {{ name }}</h1>" })
class App {
  protected readonly name = "Angular";
}

void bootstrapApplication(App, { providers: [provideZonelessChangeDetection()] });
