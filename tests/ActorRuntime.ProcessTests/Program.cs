using ActorRuntime.ProcessTests.Soak;

return await SoakCommands.Root().Parse(args).InvokeAsync(new() { ProcessTerminationTimeout = TimeSpan.FromSeconds(30) });
