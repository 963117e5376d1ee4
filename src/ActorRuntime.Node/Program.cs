using System.CommandLine;
using ActorRuntime.Node;
using ActorRuntime.Node.CommandLine;
using ActorRuntime.Node.Demo;
using ActorRuntime.Node.Hosting;

var root = NodeCommandLine.Create(
    (options, _) => RunProgram.RunAsync(options), (options, _) => DemoProgram.RunAsync(options), NodeVersion.Describe);
return await NodeCommandLine.InvokeAsync(root, args, new InvocationConfiguration()).ConfigureAwait(false);
