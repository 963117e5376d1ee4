using ActorRuntime.Cmd.CommandLine;

return await ArctlCommandLine.InvokeAsync(args, Terminal.OfProcess()).ConfigureAwait(false);
