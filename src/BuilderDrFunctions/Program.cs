using BuilderDrFunctions;

await BuilderDrApp.Build(args).RunToEndAsync();
