using ActorRuntime.ProcessTests.Clients;
using ActorRuntime.ProcessTests.Soak;

var parsed = SoakCommands.Root().Parse(args);
// A node reacts to signals by itself.
return await parsed.InvokeAsync(new() { ProcessTerminationTimeout = parsed.CommandResult.Command is NodeCommand ? null : TimeSpan.FromSeconds(30) });
