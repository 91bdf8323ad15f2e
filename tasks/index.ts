import type { TaskDefinition } from "hardhat/types/tasks";

const tasks: TaskDefinition[] = [];

export default tasks;
